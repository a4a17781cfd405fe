import { Tooltip } from 'antd';
import type { Api } from '../api';
import { durationText } from '../format';
import { useWords } from '../preferences';
import { usePoll } from '../use-poll';
import type { Words } from '../words';

interface LinkStatus {
  readonly state: 'connected' | 'connecting' | 'disconnected' | 'disabled';
  readonly uptimeSeconds?: number | null;
  readonly reason?: string | null;
  readonly lastError?: { readonly message: string } | null;
  readonly owner?: string | null;
}

const POLL_MS = 3000;

/** Whether the integration is connected, as its own status says; the reasons stand in the tooltip. */
export function LinkBadge({ api, integrationId }: { readonly api: Api; readonly integrationId: string }) {
  const words = useWords();
  const { value, failed } = usePoll<LinkStatus>(
    (signal) => api.get(`integrations/${encodeURIComponent(integrationId)}/status`, signal),
    POLL_MS,
  );
  const status = failed ? undefined : value;
  const state = status?.state ?? 'unknown';
  const details = status ? detailsOf(status, words) : [];
  const label = words.linkState.label(words.linkState[state]);
  return (
    <Tooltip title={details.length ? details.map((line) => <div key={line}>{line}</div>) : label}>
      <button type="button" className={`link-badge link-${state}`} aria-label={[label, ...details].join('. ')}>
        <span className="dot" />
        <span className="link-text">{words.linkState[state]}</span>
      </button>
    </Tooltip>
  );
}

function detailsOf(status: LinkStatus, words: Words): string[] {
  const lines: string[] = [];
  if (status.reason) lines.push(status.reason);
  if (status.state === 'connected' && status.uptimeSeconds != null)
    lines.push(words.linkState.uptime(durationText(status.uptimeSeconds * 1000)));
  if (status.owner) lines.push(words.linkState.owner(status.owner));
  if (status.lastError && status.state !== 'connected') lines.push(words.linkState.lastError(status.lastError.message));
  return lines;
}
