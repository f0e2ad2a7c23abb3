// The measured function with Powertools for AWS Lambda (TypeScript): its batch processor over JSON bodies, on a loop of
// its own over the Runtime API, since the interface client compiles native code.

import { createRequire } from "node:module";
import http from "node:http";

const require = createRequire(`${process.argv[2]}/`);
const { BatchProcessor, EventType, processPartialResponse } = require("@aws-lambda-powertools/batch");

const processor = new BatchProcessor(EventType.SQS);

const handleRecord = async (record) => {
  const order = JSON.parse(record.body);
  const good = order.total_cents >= 0 && order.items.every((line) => line.quantity > 0);
  if (!good) throw new Error("not now");
};

const handle = (event, context) =>
  processPartialResponse(event, handleRecord, processor, { context, throwOnFullBatchFailure: false });

const [hostname, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

const call = (method, path, body) =>
  new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "Content-Length": Buffer.byteLength(body) };
    const request = http.request({ hostname, port, method, path: `/2018-06-01/runtime${path}`, agent, headers }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
    });
    request.on("error", reject);
    request.end(body);
  });

for (;;) {
  const { headers, body } = await call("GET", "/invocation/next");
  const id = headers["lambda-runtime-aws-request-id"];
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  const context = { awsRequestId: id, getRemainingTimeInMillis: () => deadline - Date.now() };
  const answer = await handle(JSON.parse(body.toString()), context);
  await call("POST", `/invocation/${id}/response`, JSON.stringify(answer));
}
