// @medplum/core against a running service. Source: https://github.com/medplum/medplum/tree/main/packages/core
import assert from "node:assert/strict";
import { MedplumClient, OperationOutcomeError } from "@medplum/core";

const [base, patient] = process.argv.slice(2);
const address = new URL(base);
const client = new MedplumClient({
  baseUrl: `${address.origin}/`,
  fhirUrlPath: address.pathname.slice(1),
  cacheTime: 0,
});
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
  assert.ok(error instanceof OperationOutcomeError, String(error));
  return error.outcome.issue[0].code;
};

const made = await client.createResource(goal("Gå till affären"));
assert.equal(made.meta.versionId, "1");
steps.push("create");

const read = await client.readResource("Goal", made.id);
assert.deepEqual(read, made);
steps.push("read");

const headers = { "If-Match": `W/"${read.meta.versionId}"` };
const changed = { ...read, description: { text: "Gå till affären och hem" } };
const updated = await client.updateResource(changed, { headers });
assert.equal(updated.meta.versionId, "2");
steps.push("update");

const theirs = { ...read, description: { text: "Deras ändring" } };
assert.equal(await refused(() => client.updateResource(theirs, { headers })), "conflict");
steps.push("conflict");

const patched = await client.patchResource("Goal", made.id, [
  { op: "replace", path: "/description/text", value: "Lappad" },
]);
assert.equal(patched.description.text, "Lappad");
steps.push("patch");

const history = await client.readHistory("Goal", made.id);
assert.equal(history.entry.length, 3);
steps.push("history");

const whole = await client.searchResources("Task", { patient, _count: 500 });
assert.ok(whole.length > 4);
steps.push("search");

const one = await client.searchOne("CarePlan", { _id: "stroke-contract" });
assert.equal(one.subject.reference, patient);
steps.push("search one");

const paged = [];
for await (const page of client.searchResourcePages("Task", { patient, _count: 2 })) {
  paged.push(...page.map((task) => task.id));
}
assert.deepEqual(paged.sort(), whole.map((task) => task.id).sort());
steps.push("page");

const everything = await client.readPatientEverything(patient.split("/")[1]);
assert.ok(everything.entry.some((entry) => entry.resource.resourceType === "CarePlan"));
steps.push("everything");

const validated = await client.validateResource(goal("Prövas"));
assert.equal(validated.resourceType, "OperationOutcome");
steps.push("validate");

const answer = await client.executeBatch({
  resourceType: "Bundle",
  type: "transaction",
  entry: [{ resource: goal("I en transaktion"), request: { method: "POST", url: "Goal" } }],
});
assert.match(answer.entry[0].response.status, /^201/);
steps.push("transaction");

const once = { identifier: "http://example.org/goals|medplum-1" };
const unique = { ...goal("Bara en gång"), identifier: [{ system: "http://example.org/goals", value: "medplum-1" }] };
const sole = await client.createResourceIfNoneExist(unique, new URLSearchParams(once).toString());
const again = await client.createResourceIfNoneExist(unique, new URLSearchParams(once).toString());
assert.equal(again.id, sole.id);
steps.push("create if none exists");

await client.deleteResource("Goal", made.id);
assert.equal(await refused(() => client.readResource("Goal", made.id)), "deleted");
steps.push("delete");

console.log(JSON.stringify(steps));
