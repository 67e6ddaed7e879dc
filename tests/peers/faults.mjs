// Faults between a client and one of the peers, laid over its HTTP server: everything arrives here first.
//
// A fault is {path, method, kind, status, body, ms, skip, times}:
//   path    matched as a prefix; absent: every path      method  absent: every method
//   skip    how many such requests it lets pass first: the first one of a session is refused for want of a nonce,
//           so that a fault which is to meet the request that has an effect skips one
//   times   how many requests it still takes; absent: until it is cleared
//   kind    "status"      answer `status` (503) with `body`, nothing is performed
//           "drop"        cut the connection, nothing is performed
//           "lose_answer" perform it, then cut the connection instead of answering
//           "delay"       perform it after `ms`
//           "late"        perform it, and answer `ms` after that
//           "hang"        never answer, nothing is performed

const KINDS = ['status', 'drop', 'lose_answer', 'delay', 'late', 'hang'];
const LOG_LIMIT = 5000;

/** The faults and the request log of one server. */
export class Faults {
  #faults = [];
  #log = [];

  add(fault) {
    if (!KINDS.includes(fault.kind)) throw new Error(`a fault's kind is one of ${KINDS.join(', ')}`);
    this.#faults.push({ status: 503, ms: 0, skip: 0, ...fault });
  }

  clear() {
    this.#faults = [];
  }

  /** Requests so far: {method, path, status}; status null where no answer was given (yet). */
  get log() {
    return this.#log;
  }

  forgetLog() {
    this.#log = [];
  }

  /** Puts itself in front of what `server` does with a request. */
  standBefore(server) {
    const handlers = server.listeners('request');
    server.removeAllListeners('request');
    server.on('request', (req, res) => {
      this.#handle(req, res, () => handlers.forEach((handler) => handler.call(server, req, res)));
    });
  }

  #handle(req, res, perform) {
    const path = req.url.split('?')[0];
    const entry = { method: req.method, path, status: null, fault: null };
    this.#log.push(entry);
    if (this.#log.length > LOG_LIMIT) this.#log.shift();
    const fault = this.#take(req.method, path);
    entry.fault = fault?.kind ?? null;
    if (fault?.kind !== 'lose_answer') res.on('finish', () => (entry.status = res.statusCode));
    switch (fault?.kind) {
      case undefined:
        return perform();
      case 'status':
        return answer(req, res, fault);
      case 'drop':
        return req.socket.destroy();
      case 'lose_answer':
        loseAnswer(req, res);
        return perform();
      case 'delay':
        return void setTimeout(perform, fault.ms);
      case 'late':
        answerLate(res, fault.ms);
        return perform();
      case 'hang':
        return req.resume();
    }
  }

  #take(method, path) {
    const found = this.#faults.find((f) => (!f.method || f.method === method) && (!f.path || path.startsWith(f.path)));
    if (found?.skip > 0) {
      found.skip -= 1;
      return undefined;
    }
    if (found?.times !== undefined && --found.times <= 0) this.#faults.splice(this.#faults.indexOf(found), 1);
    return found;
  }
}

function answer(req, res, fault) {
  req.resume();
  const body = fault.body === undefined ? '' : JSON.stringify(fault.body);
  res.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers });
  res.end(body);
}

// The handler runs to its end and believes that it has answered; not one byte leaves.
function loseAnswer(req, res) {
  res.writeHead = () => res;
  res.flushHeaders = () => {};
  res.write = (_chunk, encoding, done) => {
    const callback = typeof encoding === 'function' ? encoding : done;
    if (callback) process.nextTick(callback);
    return true;
  };
  res.end = () => {
    req.socket.destroy();
    return res;
  };
}

function answerLate(res, ms) {
  const end = res.end.bind(res);
  res.end = (...args) => {
    setTimeout(end, ms, ...args);
    return res;
  };
}
