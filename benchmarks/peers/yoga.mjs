// graphql-yoga with one resolver that reads the three platforms, maps and merges their records.
// Arguments: the schema file; as JSON {urls, token, categories, states}.
import { createSchema, createYoga } from "graphql-yoga";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const [file, told] = process.argv.slice(2);
const { urls, token, categories, states } = JSON.parse(told);

function incident(item) {
  const { location, handling, affected, actors } = item;
  const [stage, verification] = states[item.state];
  return {
    id: item.id,
    category: categories[item.category.code],
    impact: item.impact,
    occurred: item.occurred,
    location: {
      admin1: location.admin1,
      point:
        location.longitude == null
          ? null
          : { type: "Point", coordinates: [location.longitude, location.latitude] },
      precision: location.precision,
    },
    title: item.title,
    narrative: item.narrative,
    stage,
    handling: { tlp: handling?.tlp, unMarking: handling?.un_marking },
    affected: affected && { killed: { value: affected.killed } },
    actor: actors && { parties: actors },
    language: item.language,
    sharedAt: item.shared_at,
    verification,
    reportedAt: { start: item.reported_at },
  };
}

async function read(url) {
  const answer = await fetch(url, { headers: { Authorization: `Bearer ${token}` } });
  return (await answer.json()).items;
}

const newestFirst = (one, other) =>
  one.sharedAt < other.sharedAt ? 1 : one.sharedAt > other.sharedAt ? -1 : 0;

const resolvers = {
  Query: {
    incidents: async (_, { first }) => {
      const pages = await Promise.all(urls.map(read));
      return { nodes: pages.flat().map(incident).sort(newestFirst).slice(0, first) };
    },
  },
};
const schema = createSchema({ typeDefs: readFileSync(file, "utf8"), resolvers });
const server = createServer(createYoga({ schema, logging: false }));
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
