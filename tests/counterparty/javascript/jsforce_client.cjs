// jsforce, as any JavaScript program uses it; says what it saw as one line of JSON.
"use strict";

const jsforce = require("jsforce");

async function main(address) {
  const connection = new jsforce.Connection({
    version: "62.0",
    instanceUrl: address,
    oauth2: { loginUrl: address, clientId: "demo", clientSecret: "secret" },
  });
  await connection.authorize({ grant_type: "client_credentials" });
  const made = await connection.sobject("Account").create({ Name: "Acme", BillingCountry: "DE" });
  await connection.sobject("Account").update({ Id: made.id, Name: "Acme SE" });
  const read = await connection.sobject("Account").retrieve(made.id);
  const rows = await connection.query("SELECT Id, Name FROM Account WHERE Name = 'Acme SE'");
  const described = await connection.sobject("Account").describe();
  let refused = "";
  try {
    await connection.query("SELECT Nonsense FROM Account");
  } catch (error) {
    refused = error.errorCode;
  }
  let missing = "";
  try {
    await connection.sobject("Account").retrieve("001000000000404AAA");
  } catch (error) {
    missing = error.errorCode;
  }
  await connection.sobject("Account").destroy(made.id);
  const left = await connection.query("SELECT Id FROM Account WHERE Name = 'Acme SE'");
  return {
    made: made.success,
    name: read.Name,
    found: rows.totalSize,
    fields: described.fields.some((field) => field.name === "BillingCountry"),
    refused,
    missing,
    left: left.totalSize,
  };
}

main(process.argv[2]).then((seen) => console.log(JSON.stringify(seen)));
