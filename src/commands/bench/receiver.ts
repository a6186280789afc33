import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

// The receiver of the benchmark, in a process of its own: answers 200 and tells its starter every 20 ms how many came.

let received = 0;
let reported = 0;

const server = createServer((request, response) => {
  request.resume().on('end', () => {
    received += 1;
    response.writeHead(200, { 'content-length': '2' }).end('ok');
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});
setInterval(() => {
  if (received === reported) return;
  reported = received;
  process.send?.({ received });
}, 20);
process.on('disconnect', () => process.exit(0));
