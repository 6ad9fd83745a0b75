// The official client, as any JavaScript program uses it; says what it saw as one line of JSON.
"use strict";

const Stripe = require("stripe");

async function main(address) {
  const url = new URL(address);
  const client = new Stripe("sk_test_javascript", {
    host: url.hostname,
    port: url.port,
    protocol: "http",
    maxNetworkRetries: 0,
  });
  const customer = await client.customers.create({ name: "Acme", metadata: { crm_id: "001" } });
  const product = await client.products.create({ id: "SEAT", name: "Seat" });
  const price = await client.prices.create({
    product: product.id,
    currency: "eur",
    unit_amount: 1250,
    recurring: { interval: "month" },
    lookup_key: "seat-eur",
  });
  const subscription = await client.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id, quantity: 3 }],
    collection_method: "send_invoice",
    days_until_due: 30,
  });
  const invoice = await client.invoices.retrieve(subscription.latest_invoice);
  const paid = await client.invoices.pay(invoice.id);
  const once = { idempotencyKey: "order-1" };
  const first = await client.customers.create({ name: "Once" }, once);
  const second = await client.customers.create({ name: "Once" }, once);
  const named = [];
  for await (const each of client.customers.list({ limit: 1 })) named.push(each.name);
  let refused = "";
  try {
    await client.customers.create({ name: "Other" }, once);
  } catch (error) {
    refused = error.constructor.name;
  }
  let wrong = "";
  try {
    await client.customers.retrieve("cus_nobody");
  } catch (error) {
    wrong = `${error.type} ${error.code}`;
  }
  return {
    subscription: subscription.status,
    total: invoice.total,
    paid: paid.status,
    same: first.id === second.id,
    named: named.sort(),
    refused,
    wrong,
  };
}

main(process.argv[2]).then((seen) => console.log(JSON.stringify(seen)));
