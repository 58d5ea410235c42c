// What the tests do with the JavaScript client; `client_calls.py` does the same with the one in Python.
// Usage: node client_calls.mjs NAME ARGUMENTS-AS-JSON; prints what the function gives as JSON.

import { Gatepost, GatepostError, InvalidSignature, verifyWebhook } from "../../clients/javascript/gatepost.mjs";

async function failure(call) {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof GatepostError)) throw error;
    return {
      kind: error.constructor.name,
      status: error.status,
      code: error.code,
      pointers: error.errors.map((one) => one.pointer),
      has_request_id: error.requestId !== null,
    };
  }
  return null;
}

const calls = {
  async life(url, key, name) {
    const gatepost = new Gatepost(url, key);
    const given = { external_id: name, body: "Nice post", author: { name: "Ana" } };
    const comment = await gatepost.submit(given, { waitSeconds: 10 });
    const again = await gatepost.submit(given);
    const many = await gatepost.submitMany([{ external_id: `${name}-2`, body: "Zwei – drei" }, { body: 7 }]);
    const waited = await gatepost.wait(many[0].comment.id);
    const revised = await gatepost.revise(comment.id, { body: "Nice post, edited" }, { waitSeconds: 10 });
    const told = await gatepost.feedback(comment.id, "spam");
    const found = await gatepost.find(`${name}-2`);
    const listed = [];
    for await (const one of gatepost.comments()) listed.push(one.id);
    await gatepost.erase(comment.id);
    return {
      decided: comment.decision !== null,
      same: again.id === comment.id,
      statuses: many.map((one) => one.status),
      waited: waited.decision !== null,
      revision: revised.revision,
      label: told.label,
      found: found.body,
      listed: listed.includes(comment.id) && listed.includes(found.id),
      gone: await failure(() => gatepost.get(comment.id)),
      nothing: await gatepost.find("nobody-has-this"),
    };
  },

  async wrong(url, key) {
    const gatepost = new Gatepost(url, key);
    return [
      await failure(() => gatepost.submit({ body: 7 })),
      await failure(() => new Gatepost(url, "gps_wrong").submit({ body: "x" })),
      await failure(async () => {
        for (const body of ["one", "two"]) await gatepost.submit({ external_id: "t", body });
      }),
    ];
  },

  async persistent(url, attempts = 4, timeoutSeconds = 10) {
    const paused = [];
    const sleep = async (ms) => paused.push(ms / 1000);
    const gatepost = new Gatepost(url, "gps_x", { attempts, timeoutMs: timeoutSeconds * 1000, sleep });
    const answer = [];
    const failed = await failure(async () => answer.push(await gatepost.submit({ body: "x" })));
    return { answer, failed, paused };
  },

  async webhook(body, headers, secret, now) {
    try {
      return await verifyWebhook(body, headers, secret, { now });
    } catch (error) {
      if (error instanceof InvalidSignature) return null;
      throw error;
    }
  },
};

const [name, given] = process.argv.slice(2);
console.log(JSON.stringify(await calls[name](...JSON.parse(given))));
