// Hive Gateway over a supergraph, as its command line starts it: node's HTTP server, one process, no logging.
// Arguments: the supergraph file; "rust" for the query planner in Rust.
import { createGatewayRuntime } from "@graphql-hive/gateway";
import { unifiedGraphHandler } from "@graphql-hive/router-runtime";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const [file, planner] = process.argv.slice(2);
const runtime = createGatewayRuntime({
  supergraph: readFileSync(file, "utf8"),
  logging: false,
  ...(planner === "rust" ? { unifiedGraphHandler } : {}),
});
await runtime.getSchema();
const server = createServer(runtime);
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
