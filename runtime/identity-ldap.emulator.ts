import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { BerReader, BerWriter, type Filter, FilterParser } from 'ldapts';

export interface LdapEntry {
  readonly dn: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface LdapEmulator {
  readonly url: string;
  readonly entries: LdapEntry[];
  /** Filters as they arrived, in the form of the standard. */
  readonly searches: string[];
  /** From now on it says nothing any more. */
  silent: boolean;
  connections(): number;
  close(): Promise<void>;
}

const BIND = 0x60;
const UNBIND = 0x42;
const SEARCH = 0x63;
const [BIND_RESPONSE, SEARCH_ENTRY, SEARCH_DONE] = [0x61, 0x64, 0x65];
const [SUCCESS, INVALID_CREDENTIALS, INSUFFICIENT_ACCESS] = [0, 49, 50];

/** A directory on loopback that knows bind, search and unbind. @param options who may ask; nobody anonymous where given */
export async function startLdapEmulator(
  options: { readonly bindDn?: string; readonly password?: string; readonly tls?: { readonly key: string; readonly cert: string } } = {},
): Promise<LdapEmulator> {
  const sockets = new Set<Socket>();
  const state = { silent: false };
  const entries: LdapEntry[] = [];
  const searches: string[] = [];
  const serve = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    let bound = options.bindDn === undefined;
    let waiting: Buffer = Buffer.alloc(0);
    socket.on('data', (bytes: Buffer) => {
      waiting = Buffer.concat([waiting, bytes]);
      for (let next = firstOf(waiting); next && !state.silent; next = firstOf(waiting)) {
        waiting = next.rest;
        answer(next.message);
      }
    });
    const answer = (message: BerReader): void => {
      const id = message.readInt() ?? 0;
      const operation = message.readSequence();
      if (operation === UNBIND) return void socket.end();
      if (operation === BIND) {
        message.readInt();
        const dn = message.readString();
        bound = options.bindDn === undefined || (dn === options.bindDn && message.readString(0x80) === options.password);
        return void socket.write(result(id, BIND_RESPONSE, bound ? SUCCESS : INVALID_CREDENTIALS));
      }
      if (operation !== SEARCH || !bound) return void socket.write(result(id, SEARCH_DONE, INSUFFICIENT_ACCESS));
      const base = message.readString() ?? '';
      for (const skip of ['scope', 'aliases']) void [skip, message.readEnumeration()];
      for (const skip of ['size', 'time']) void [skip, message.readInt()];
      message.readBoolean();
      const filter: Filter = FilterParser.parse(message);
      searches.push(filter.toString());
      for (const entry of entries)
        if (entry.dn.endsWith(base) && filter.matches(lowerCase(entry.attributes))) socket.write(found(id, entry));
      socket.write(result(id, SEARCH_DONE, SUCCESS));
    };
  };
  const server = options.tls ? createTlsServer(options.tls, serve) : createServer(serve);
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.tls ? 'ldaps' : 'ldap'}://127.0.0.1:${port}`,
    ...{ entries, searches },
    get silent() {
      return state.silent;
    },
    set silent(silent) {
      state.silent = silent;
    },
    connections: () => sockets.size,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The first whole message of what came in. */
function firstOf(bytes: Buffer): { readonly message: BerReader; readonly rest: Buffer } | undefined {
  const reader = new BerReader(bytes);
  if (reader.readSequence() === null || reader.length > reader.remain) return undefined;
  const end = reader.offset + reader.length;
  return { message: new BerReader(bytes.subarray(reader.offset, end)), rest: bytes.subarray(end) };
}

/** As filters name attributes once they were read. */
const lowerCase = (attributes: LdapEntry['attributes']): Record<string, string> =>
  Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name.toLowerCase(), value]));

function message(id: number, operation: number, write: (writer: BerWriter) => void): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(operation);
  write(writer);
  writer.endSequence();
  writer.endSequence();
  return writer.buffer;
}

const result = (id: number, operation: number, code: number): Buffer =>
  message(id, operation, (writer) => {
    writer.writeEnumeration(code);
    writer.writeString('');
    writer.writeString('');
  });

const found = (id: number, { dn, attributes }: LdapEntry): Buffer =>
  message(id, SEARCH_ENTRY, (writer) => {
    writer.writeString(dn);
    writer.startSequence();
    for (const [name, value] of Object.entries(attributes)) {
      writer.startSequence();
      writer.writeString(name);
      writer.startSequence(0x31);
      writer.writeString(value);
      writer.endSequence();
      writer.endSequence();
    }
    writer.endSequence();
  });
