// Apollo Server with Apollo Gateway over a supergraph, standalone. Argument: the supergraph file.
import { ApolloGateway } from "@apollo/gateway";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { readFileSync } from "node:fs";

const gateway = new ApolloGateway({ supergraphSdl: readFileSync(process.argv[2], "utf8") });
const { url } = await startStandaloneServer(new ApolloServer({ gateway }), {
  listen: { host: "127.0.0.1", port: 0 },
});
console.log(url.replace(/\/$/, ""));
