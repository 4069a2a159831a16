// Prints the supergraph of three subgraphs that share their types; each has a root field of its own.
// Arguments: the schema file, then name=url of each subgraph.
import { composeServices } from "@apollo/composition";
import { parse } from "graphql";
import { readFileSync } from "node:fs";

const [file, ...subgraphs] = process.argv.slice(2);
const link =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@shareable"])\n';
const types = readFileSync(file, "utf8");

const composed = composeServices(
  subgraphs.map((subgraph) => {
    const [name, url] = subgraph.split("=");
    const own = types
      .replace("  incidents(", `  incidents_${name}(`)
      .replace(/^type (?!Query)(\w+)/gm, "type $1 @shareable");
    return { name, url, typeDefs: parse(link + own) };
  }),
);
if (composed.errors) throw new AggregateError(composed.errors, composed.errors.join("\n"));
console.log(composed.supergraphSdl);
