import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A piece of network between one process and a server, to be cut. */
export interface Cable {
  /** `127.0.0.1:<port>` */
  readonly address: string;
  /** From now on nothing passes and nobody is told, as when a cable is pulled; new connections are taken and hang. */
  cut(): void;
  /** The same for the connections that are open now; new ones work. */
  cutOpen(): void;
  /** Everything held back goes on its way. */
  restore(): void;
  close(): Promise<void>;
}

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  silenced: boolean;
  over: boolean;
}

/** @param target `host:port` */
export async function startCable(target: string): Promise<Cable> {
  const { hostname, port } = new URL(`tcp://${target}`);
  const pairs = new Set<Pair>();
  let isCut = false;

  const silence = (pair: Pair): void => {
    pair.silenced = true;
    pair.near.pause();
    pair.far.pause();
  };
  const finish = (pair: Pair): void => {
    pair.over = true;
    if (pair.silenced) return;
    pairs.delete(pair);
    pair.near.destroy();
    pair.far.destroy();
  };
  const server = createServer((near) => {
    const far = connect({ host: hostname, port: Number(port) });
    const pair: Pair = { near, far, silenced: false, over: false };
    pairs.add(pair);
    near.on('data', (bytes) => far.write(bytes));
    far.on('data', (bytes) => near.write(bytes));
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => finish(pair));
    }
    if (isCut) silence(pair);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: () => {
      isCut = true;
      for (const pair of pairs) silence(pair);
    },
    cutOpen: () => {
      for (const pair of pairs) silence(pair);
    },
    restore: () => {
      isCut = false;
      for (const pair of pairs) {
        pair.silenced = false;
        pair.near.resume();
        pair.far.resume();
        if (pair.over) finish(pair);
      }
    },
    close: async () => {
      for (const { near, far } of pairs) {
        near.destroy();
        far.destroy();
      }
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
