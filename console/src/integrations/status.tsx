import { Tooltip } from 'antd';
import type { Integration, LinkStatus } from '../model';
import { useWords } from '../preferences';

/** How the link stands: a colour, a word, and in the tooltip why. */
export function StatusBadge({ status }: { readonly status: LinkStatus | undefined }) {
  const words = useWords();
  if (!status) return <span className="link-badge link-disabled">{words.integrations.status.loading}</span>;
  const word = status.parked ? `${words.linkState.disconnected} · ${words.integrations.parked}` : words.linkState[status.state];
  return (
    <Tooltip title={status.reason}>
      <span className={`link-badge link-${status.state}`} data-state={status.state}>
        <span className="dot" aria-hidden="true" />
        {word}
      </span>
    </Tooltip>
  );
}

/** What a platform is drawn as: its first letter on its own colour. */
export function ChannelMark({ channel, size = 36 }: { readonly channel: string; readonly size?: number }) {
  return (
    <span className={`channel-mark channel-${channel}`} style={{ width: size, height: size, fontSize: size * 0.42 }} aria-hidden="true">
      {letters[channel] ?? channel[0]?.toUpperCase()}
    </span>
  );
}

const letters: Readonly<Record<string, string>> = { lark: 'L', dingtalk: 'D', wecom: 'W', sandbox: 'S' };

export interface WithStatus {
  readonly integration: Pick<Integration, 'id' | 'name' | 'channel' | 'mode'>;
  readonly status: LinkStatus | undefined;
}
