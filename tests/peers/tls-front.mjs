// An https front for a program on this machine that believes to be public, for a browser in the tests.
//
//   node tls-front.mjs HOST HTTP_PORT [--port N]
//
// Listens on loopback with a certificate made at the start for HOST, and passes everything to 127.0.0.1:HTTP_PORT.
// Prints {"host","port"} when ready; ends when standard input closes. The browser is told with
// --ignore-certificate-errors --host-resolver-rules="MAP HOST 127.0.0.1:PORT".
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { port: { type: 'string' } } });
const [host, behind] = [positionals[0], Number(positionals[1])];
if (!/^[a-z0-9.-]+$/.test(host ?? '') || !Number.isInteger(behind)) {
  console.error('usage: node tls-front.mjs HOST HTTP_PORT [--port N]');
  process.exit(2);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(0));
process.stdin.on('end', () => process.exit(0)).on('close', () => process.exit(0)).on('error', () => process.exit(0)).resume();

const server = https.createServer(selfSigned(host), pass);
server.listen(Number(values.port ?? 0), '127.0.0.1', () => console.log(JSON.stringify({ host, port: server.address().port })));

function pass(req, res) {
  const headers = { ...req.headers, 'x-forwarded-proto': 'https', 'x-forwarded-host': req.headers.host };
  const onward = http.request({ host: '127.0.0.1', port: behind, method: req.method, path: req.url, headers }, (answer) => {
    res.writeHead(answer.statusCode, answer.rawHeaders);
    answer.pipe(res);
  });
  onward.on('error', (error) => {
    if (res.headersSent) return res.destroy();
    res.writeHead(502, { 'content-type': 'text/plain' });
    res.end(`nothing answers behind this address: ${error.message}\n`);
  });
  res.on('close', () => onward.destroy());
  req.pipe(onward);
}

function selfSigned(name) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mainstay-tls-'));
  try {
    const [key, cert] = ['key.pem', 'cert.pem'].map((file) => path.join(folder, file));
    const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    execFileSync('openssl', ['req', '-x509', ...kind, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
