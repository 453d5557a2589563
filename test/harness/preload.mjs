/**
 * Loaded into a function before its code, to put it into the world of a test: a clock that is ahead by so much, and
 * endpoints of loopback whose port 443 is somewhere else. What the function is told by its environment stays untouched.
 */
import net from 'node:net';

let shiftMs = 0;
let ports = {};

const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...args) {
    super(...(args.length === 0 ? [RealDate.now() + shiftMs] : args));
  }
  static now() {
    return RealDate.now() + shiftMs;
  }
};

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  const [first] = args;
  const options = Array.isArray(first) ? first[0] : first;
  if (options?.port === 443 && ports[options.host] !== undefined) options.port = ports[options.host];
  return connect.apply(this, args);
};

globalThis.__setWorld = (world) => {
  ({ shiftMs, ports } = world);
};
