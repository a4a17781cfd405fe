import { useEffect, useMemo, useState } from 'react';
import { durationText } from '../format';
import type { LinkStatus } from '../model';

const TICK_MS = 1000;
const MINUTE_MS = 60_000;

/** How long a link has been up, counting on from when its status came. */
export function Uptime({ status }: { readonly status: LinkStatus }) {
  const [now, setNow] = useState(Date.now);
  const upSince = useMemo(() => Date.now() - (status.uptimeSeconds ?? 0) * 1000, [status]);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  const ms = Math.max(0, now - upSince);
  return <span className="uptime">{ms < MINUTE_MS ? `${Math.floor(ms / 1000)} s` : durationText(ms)}</span>;
}
