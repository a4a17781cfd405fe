import { ExclamationCircleFilled, LoadingOutlined, ReloadOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { memo } from 'react';
import { clockText } from '../format';
import { useWords } from '../preferences';
import { Markdown } from './markdown';
import { BotAvatar, nameOf, PersonAvatar } from './people';
import type { MessageItem } from './timeline';

interface Props {
  readonly message: MessageItem;
  readonly own: boolean;
  /** Follows a message of the same sender, so that name and face need not stand there again. */
  readonly joined: boolean;
  onRetry(message: MessageItem): void;
}

/** What a person said, or what the bot says without a card. */
export const Message = memo(function Message({ message, own, joined, onRetry }: Props) {
  const words = useWords();
  const bot = message.from === 'bot';
  const name = bot ? words.bot : nameOf(words, message.sender);
  return (
    <article
      className={`message ${own ? 'message-own' : ''} ${joined ? 'message-joined' : ''}`}
      aria-label={name}
      data-message-id={message.messageId}
    >
      <div className="message-face">{!joined && (bot ? <BotAvatar /> : <PersonAvatar sender={message.sender} />)}</div>
      <div className="message-body">
        {!joined && (
          <div className="message-head">
            <span className="message-name">{name}</span>
            {bot && <span className="tag tag-bot">{words.botTag}</span>}
            <time dateTime={message.at}>{clockText(message.at, words.locale)}</time>
          </div>
        )}
        <div className="message-line">
          <div className={`bubble ${own ? 'bubble-own' : ''} ${bot ? 'bubble-bot' : ''}`}>
            {message.mentions?.includes('bot') && <span className="mention">@{words.bot}</span>}
            {bot ? <Markdown text={message.text} /> : message.text}
          </div>
          {message.delivery === 'sending' && <LoadingOutlined className="delivery" aria-label={words.conversation.sending} />}
        </div>
        {message.delivery === 'failed' && (
          <div className="not-sent" role="alert">
            <ExclamationCircleFilled aria-hidden /> {words.conversation.notSent}
            <Button type="link" size="small" icon={<ReloadOutlined aria-hidden />} onClick={() => onRetry(message)}>
              {words.conversation.retry}
            </Button>
          </div>
        )}
      </div>
    </article>
  );
});
