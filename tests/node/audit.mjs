// Asks every server audit of graphql-http of one endpoint and prints the results as JSON.
// Environment: SLT_AUDIT_URL, SLT_AUDIT_TOKEN (not an argument: arguments show in the list of processes).
import { serverAudits } from "graphql-http";

const { SLT_AUDIT_URL: url, SLT_AUDIT_TOKEN: token } = process.env;
const fetchFn = (address, { headers, ...rest } = {}) =>
  fetch(address, { ...rest, headers: { ...headers, Authorization: `Bearer ${token}` } });

const results = [];
for (const audit of serverAudits({ url, fetchFn })) {
  const { id, name, status, reason = null } = await audit.fn();
  results.push({ id, name, status, reason });
}
process.stdout.write(JSON.stringify(results));
