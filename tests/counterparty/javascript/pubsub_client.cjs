// salesforce-pubsub-api-client, as any JavaScript program uses it; says what it heard as JSON.
"use strict";

const load = require("salesforce-pubsub-api-client");
const PubSubApiClient = load.default ?? load;

async function main(org, endpoint) {
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: "demo",
    client_secret: "secret",
  });
  const login = await fetch(`${org}/services/oauth2/token`, { method: "POST", body: form });
  const { access_token: accessToken } = await login.json();
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const client = new PubSubApiClient(
    {
      authType: "user-supplied",
      accessToken,
      instanceUrl: "https://acme.my.salesforce.com",
      organizationId: "00D000000000001EAA",
      pubSubEndpoint: endpoint,
      rejectUnauthorizedSsl: false,
    },
    silent,
  );
  await client.connect();
  const rest = { Authorization: `Bearer ${accessToken}`, "Content-Type": "application/json" };
  const account = `${org}/services/data/v62.0/sobjects/Account`;
  const send = (method, url, body) =>
    fetch(url, { method, headers: { ...rest, "Sforce-Call-Options": "client=astro" }, body });
  const make = async (body) => (await (await send("POST", account, JSON.stringify(body))).json()).id;

  const heard = [];
  const whole = new Promise((resolve, reject) => {
    client.subscribeFromEarliestEvent(
      "/data/AccountChangeEvent",
      (_, type, data) => {
        if (type === "event") heard.push(data);
        if (type === "error") reject(data);
        if (type === "lastEvent") resolve();
      },
      4,
    );
  });
  const id = await make({ Name: "Acme", BillingCountry: "DE" });
  await send("PATCH", `${account}/${id}`, JSON.stringify({ Name: "Acme SE", BillingCountry: null }));
  await send("DELETE", `${account}/${id}`);
  await make({ Name: "Other" });
  await whole;
  client.close();
  // The client decodes answers beside each other: what came last may be called first.
  heard.sort((one, other) => one.replayId - other.replayId);
  const header = (event) => event.payload.ChangeEventHeader;
  return {
    kinds: heard.map((event) => header(event).changeType),
    same: heard.slice(0, 3).every((event) => header(event).recordIds[0] === id),
    name: heard[0].payload.Name,
    changed: header(heard[1]).changedFields.filter((f) => f !== "LastModifiedDate").sort(),
    nulled: header(heard[1]).nulledFields,
    origin: header(heard[1]).changeOrigin,
    once: new Set(heard.map((event) => event.replayId)).size === heard.length,
  };
}

main(...process.argv.slice(2)).then((seen) => {
  console.log(JSON.stringify(seen));
  process.exit(0);
});
