// GraphiQL, a token for it, and the saved queries. React, ReactDOM and GraphiQL are the three scripts before this one.
"use strict";

const { createElement, useEffect, useMemo, useState } = React;
const element = (id) => document.getElementById(id);

// RFC 6749 section 2.3.1: both are form-encoded before they are joined for Basic.
const formEncoded = (text) => new URLSearchParams({ "": text }).toString().slice(1);

async function fetchToken(clientId, clientSecret) {
  const answer = await fetch("/oauth/token", {
    method: "POST",
    // Or the browser's own login window comes up over a refusal that carries a challenge.
    credentials: "omit",
    headers: { Authorization: `Basic ${btoa(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`)}` },
    body: new URLSearchParams({ grant_type: "client_credentials" }),
  });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error_description ?? body.error ?? `status ${answer.status}`);
  return body;
}

function tell(message, bad = false) {
  element("token-state").textContent = message;
  element("token-state").classList.toggle("bad", bad);
}

// GraphiQL keeps tabs and a history, with headers. Queries may name places and people: nothing outlives the page.
function memory() {
  const kept = new Map();
  return {
    get length() { return kept.size; },
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, String(value)),
    removeItem: (key) => void kept.delete(key),
    clear: () => kept.clear(),
  };
}

async function askGateway(token, request, { headers } = {}) {
  const authorization = token === null ? {} : { Authorization: `Bearer ${token}` };
  // The schema is read before the header editor has a new token; an operation goes with what the editor shows.
  const sent = request.operationName === "IntrospectionQuery" ? authorization : { ...authorization, ...headers };
  // GraphiQL learns a moment late which operations a new document has: a name from the old one is left out.
  const named = request.operationName && new RegExp(`\\b${request.operationName}\\b`).test(request.query);
  const operationName = named ? request.operationName : undefined;
  const answer = await fetch("/graphql", {
    method: "POST",
    credentials: "omit",
    headers: {
      Accept: "application/graphql-response+json, application/json;q=0.9",
      "Content-Type": "application/json",
      ...sent,
    },
    body: JSON.stringify({ ...request, operationName }),
  });
  if (answer.status === 401) tell("The token is missing or no longer good: get a new one.", true);
  return answer.json();
}

function SavedQueries({ queries }) {
  const { queryEditor } = GraphiQL.React.useEditorContext({ nonNull: true });
  const item = ({ title, query }) =>
    createElement("li", { key: title },
      createElement("button", { type: "button", onClick: () => queryEditor?.setValue(query) }, title));
  return createElement("section", { "aria-label": "Saved queries" },
    createElement("div", { className: "graphiql-doc-explorer-title" }, "Saved queries"),
    createElement("ul", { className: "saved-queries" }, queries.map(item)));
}

const savedQueries = (queries) => ({
  title: "Saved queries",
  icon: () => createElement("svg", { viewBox: "0 0 16 16", fill: "none", stroke: "currentColor", strokeWidth: 1.5 },
    createElement("path", { d: "M3.5 1.5h9v13L8 11l-4.5 3.5z" })),
  content: () => createElement(SavedQueries, { queries }),
});

function Explorer({ queries }) {
  const [token, setToken] = useState(null);
  const storage = useMemo(memory, []);
  const plugin = useMemo(() => savedQueries(queries), [queries]);
  // A new fetcher makes GraphiQL read the schema again: what it shows is what this client is told.
  const fetcher = useMemo(() => (request, options) => askGateway(token, request, options), [token]);
  useEffect(() => {
    const form = element("token-form");
    const submitted = async (event) => {
      event.preventDefault();
      try {
        const granted = await fetchToken(element("client-id").value.trim(), element("client-secret").value);
        element("client-secret").value = "";
        setToken(granted.access_token);
        const until = new Date(Date.now() + granted.expires_in * 1000);
        tell(`Token in use until ${until.toLocaleTimeString()}; it is forgotten with this page.`);
      } catch (error) {
        tell(`No token: ${error.message}`, true);
      }
    };
    form.addEventListener("submit", submitted);
    return () => form.removeEventListener("submit", submitted);
  }, []);
  const headers = token === null ? "" : JSON.stringify({ Authorization: `Bearer ${token}` }, null, 2);
  return createElement(GraphiQL, {
    fetcher,
    headers,
    // Those of a further tab.
    defaultHeaders: headers,
    // null: no schema, and none is asked for.
    schema: token === null ? null : undefined,
    plugins: [plugin],
    visiblePlugin: plugin,
    defaultQuery: queries[0]?.query ?? "",
    storage,
    shouldPersistHeaders: false,
  });
}

fetch("/explorer/queries")
  .then((answer) => answer.json())
  .catch(() => [])
  .then((queries) => ReactDOM.createRoot(element("explorer")).render(createElement(Explorer, { queries })));
