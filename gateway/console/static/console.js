"use strict";

// What is not needed to use a page: where the focus goes, copying, and hiding what a choice does not ask for.

document.querySelector("[data-focus]")?.focus();

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    const said = button.closest("[data-secret]").querySelector("[data-copied]");
    said.textContent = said.dataset.copied;
  });
}

for (const part of document.querySelectorAll("[data-shown-with]")) {
  const inputs = [...document.querySelectorAll(`input[name="${part.dataset.shownWith}"]`)];
  const show = () => {
    part.hidden = !inputs.some((input) => input.checked && input.value === part.dataset.shownFor);
  };
  inputs.forEach((input) => input.addEventListener("change", show));
  show();
}

for (const part of document.querySelectorAll("[data-hidden-with]")) {
  const input = document.getElementById(part.dataset.hiddenWith);
  const show = () => {
    part.hidden = input.checked && part.querySelector(".wrong") === null;
  };
  input.addEventListener("change", show);
  show();
}

// A page that the browser kept must not show a secret again, nor what is no longer so.
addEventListener("pagehide", () => document.querySelector("[data-secret]")?.remove());
addEventListener("pageshow", (event) => {
  if (event.persisted) {
    location.reload();
  }
});
