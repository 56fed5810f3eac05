// fhir-kit-client against a running service. Source: https://github.com/Vermonster/fhir-kit-client
import assert from "node:assert/strict";
import { Client } from "fhir-kit-client";

const [baseUrl, patient] = process.argv.slice(2);
const client = new Client({ baseUrl });
const steps = [];
const goal = (text) => ({
  resourceType: "Goal",
  lifecycleStatus: "active",
  description: { text },
  subject: { reference: patient },
});
const refused = async (call) => {
  const error = await call().then(
    () => assert.fail("it was not refused"),
    (thrown) => thrown,
  );
  assert.equal(error.response.data.resourceType, "OperationOutcome");
  return error.response.status;
};

const statement = await client.capabilityStatement();
assert.equal(statement.fhirVersion, "4.0.1");
steps.push("metadata");

const made = await client.create({ resourceType: "Goal", body: goal("Gå till affären") });
assert.equal(made.meta.versionId, "1");
steps.push("create");

const read = await client.read({ resourceType: "Goal", id: made.id });
assert.deepEqual(read, made);
steps.push("read");

const ifMatch = { headers: { "If-Match": `W/"${read.meta.versionId}"` } };
const body = { ...read, description: { text: "Gå till affären och hem" } };
const updated = await client.update({ resourceType: "Goal", id: made.id, body, options: ifMatch });
assert.equal(updated.meta.versionId, "2");
steps.push("update");

const stale = { resourceType: "Goal", id: made.id, body: goal("Deras ändring"), options: ifMatch };
assert.equal(await refused(() => client.update({ ...stale, body: { ...stale.body, id: made.id } })), 412);
steps.push("conflict");

const first = await client.vread({ resourceType: "Goal", id: made.id, version: "1" });
assert.equal(first.description.text, "Gå till affären");
steps.push("vread");

const jsonPatch = [{ op: "replace", path: "/description/text", value: "Lappad" }];
const patched = await client.patch({ resourceType: "Goal", id: made.id, jsonPatch });
assert.equal(patched.description.text, "Lappad");
assert.equal(patched.meta.versionId, "3");
steps.push("patch");

const history = await client.history({ resourceType: "Goal", id: made.id });
assert.deepEqual(history.entry.map((one) => one.resource.meta.versionId), ["3", "2", "1"]);
steps.push("history");

const searchParams = { patient, _count: 500 };
const whole = await client.search({ resourceType: "Task", searchParams });
const ids = (bundle) => (bundle.entry ?? []).map((one) => one.resource.id);
assert.ok(ids(whole).length > 4);
steps.push("search");

const posted = await client.search({ resourceType: "Task", searchParams, options: { postSearch: true } });
assert.deepEqual(ids(posted), ids(whole));
steps.push("search by POST");

const within = await client.compartmentSearch({
  resourceType: "Task",
  compartment: { resourceType: "Patient", id: patient.split("/")[1] },
  searchParams: { _count: 500 },
});
assert.ok(ids(within).length > 0);
steps.push("compartment");

let page = await client.search({ resourceType: "Task", searchParams: { patient, _count: 2 } });
const paged = [...ids(page)];
for (let next = await client.nextPage({ bundle: page }); next; next = await client.nextPage({ bundle: page })) {
  page = next;
  paged.push(...ids(page));
}
assert.deepEqual(paged.sort(), ids(whole).sort());
steps.push("page");

const answer = await client.transaction({
  body: {
    resourceType: "Bundle",
    type: "transaction",
    entry: [{ resource: goal("I en transaktion"), request: { method: "POST", url: "Goal" } }],
  },
});
assert.match(answer.entry[0].response.status, /^201/);
steps.push("transaction");

await client.delete({ resourceType: "Goal", id: made.id });
assert.equal(await refused(() => client.read({ resourceType: "Goal", id: made.id })), 410);
steps.push("delete");

console.log(JSON.stringify(steps));
