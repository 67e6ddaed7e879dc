// What lies outside the PDS: the hosts it may fetch a client's metadata document from. A public https name is led to
// a server on this machine; nothing else is reached, so that no test depends on a network.
import http from 'node:http';

const portOf = new Map();

/** From now on `https://HOST/…` is answered by `http://127.0.0.1:PORT/…`. */
export function mapHost(host, port) {
  portOf.set(host.toLowerCase(), port);
}

/** Replaces the global fetch. Loopback goes through as it is; mapped hosts are led home; the rest is refused. */
export function installFetch() {
  const realFetch = globalThis.fetch;
  globalThis.fetch = async function (input, init) {
    const request = input instanceof Request ? input : new Request(input, init);
    const url = new URL(request.url);
    if (['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)) return realFetch.call(this, input, init);
    const port = portOf.get(url.hostname.toLowerCase());
    if (port === undefined) throw new TypeError(`fetch failed: ${url.hostname} is not mapped in this test`);
    return fetchLocally(request, url, port);
  };
}

function fetchLocally(request, url, port) {
  return new Promise((resolve, reject) => {
    const headers = Object.fromEntries(request.headers);
    headers.host = url.host;
    headers['x-forwarded-proto'] = url.protocol.replace(':', '');
    headers['x-forwarded-host'] = url.host;
    const outgoing = http.request(
      { host: '127.0.0.1', port, method: request.method, path: url.pathname + url.search, headers, signal: request.signal },
      (incoming) => {
        const chunks = [];
        incoming.on('data', (chunk) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const redirected = incoming.statusCode >= 300 && incoming.statusCode < 400;
          if (redirected && request.redirect === 'error') return reject(new TypeError('fetch failed: unexpected redirect'));
          const empty = [101, 204, 205, 304].includes(incoming.statusCode);
          resolve(new Response(empty ? null : Buffer.concat(chunks), { status: incoming.statusCode, headers: flat(incoming.headers) }));
        });
      },
    );
    outgoing.on('error', (cause) => reject(new TypeError('fetch failed', { cause })));
    outgoing.end();
  });
}

function flat(headers) {
  return Object.entries(headers).flatMap(([name, value]) => (Array.isArray(value) ? value.map((v) => [name, v]) : [[name, value]]));
}
