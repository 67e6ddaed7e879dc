// A certified OAuth server (oidc-provider) on loopback, for the tests: refresh tokens rotate, one that is used again ends
// the whole sign-in. What it refuses is refused by its own code.
//
//   node oidc.mjs [--port N] [--control-port N]
//
// When it answers, one line of JSON goes to standard output: {"issuer","control"}. The process ends when standard input
// closes. Its one client is `mainstay` with the secret `a-clients-secret`; anybody may sign in under any name.
import http from 'node:http';
import { parseArgs } from 'node:util';
import { installClock } from './clock.mjs';
import { Faults } from './faults.mjs';
import { serveControl } from './control.mjs';
import { oidcCommands, Shelf } from './oidc-control.mjs';

const { values: ports } = parseArgs({ options: { port: { type: 'string' }, 'control-port': { type: 'string' } } });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(0));
process.stdin.on('end', () => process.exit(0)).on('close', () => process.exit(0)).on('error', () => process.exit(0)).resume();

// Before the server's code is loaded: it keeps what it finds. Its advice to whoever deploys it belongs elsewhere.
installClock();
console.warn = console.info = console.error;
const { default: Provider } = await import('oidc-provider');

const DAY = 24 * 3600;
const server = http.createServer();
await new Promise((resolve, reject) => server.once('error', reject).listen(Number(ports.port ?? 0), '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;
const shelf = new Shelf();
const provider = new Provider(issuer, {
  adapter: (model) => shelf.of(model),
  clients: [{
    client_id: 'mainstay',
    client_secret: 'a-clients-secret',
    application_type: 'native',
    token_endpoint_auth_method: 'client_secret_basic',
    redirect_uris: ['http://127.0.0.1:8484/oauth/callback/neutral'],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
  }],
  cookies: { keys: ['a key of this test'] },
  features: { introspection: { enabled: true }, revocation: { enabled: true } },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  issueRefreshToken: () => true,
  // What it gave outlives the browser's session with it, as an app's access does.
  expiresWithSession: () => false,
  pkce: { required: () => false }, // its client has a secret
  rotateRefreshToken: true,
  ttl: { AccessToken: 600, RefreshToken: 14 * DAY, Grant: 400 * DAY, Session: DAY, Interaction: 3600, AuthorizationCode: 60, IdToken: 600 },
});
// It tells its own log which rule of `invalid_grant` it was; here, as many servers do, the client too.
provider.on('grant.error', (ctx, error) => {
  if (error.error_detail) ctx.body.error_description = error.error_detail;
});
server.on('request', provider.callback());
const faults = new Faults();
faults.standBefore(server);
const control = await serveControl(oidcCommands({ shelf, faults }), Number(ports['control-port'] ?? 0));

console.log(JSON.stringify({ issuer, control: `http://127.0.0.1:${control.address().port}` }));
