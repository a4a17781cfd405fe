import type { Channel, Deliver, LinkReport, Ports } from '../../channels/channel';
import { localPorts } from './ports';

/** For those who do not care what a link reports. */
export const quietLink: LinkReport = {
  ...{ connected: () => undefined, proven: () => undefined, received: () => undefined, shared: () => undefined },
};

/** A listening channel: `ready` once connected (or with the error that prevented it), `done` once it has stopped. */
export function connected<Config>(
  channel: Channel<Config>,
  config: Config,
  deliver: Deliver,
  signal: AbortSignal,
  link: Partial<LinkReport> = {},
  ports: Ports = localPorts(),
): { readonly ready: Promise<void>; readonly done: Promise<void> } {
  let up: () => void = () => undefined;
  const isUp = new Promise<void>((resolve) => {
    up = resolve;
  });
  const report = (): void => {
    link.connected?.();
    up();
  };
  const done = channel.listen!(config, deliver, { ...quietLink, ...link, connected: report }, signal, ports);
  const ready = Promise.race([isUp, done]);
  ready.catch(() => undefined);
  done.catch(() => undefined);
  return { ready, done };
}
