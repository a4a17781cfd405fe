import { PlusOutlined } from '@ant-design/icons';
import { Button, Tooltip } from 'antd';
import { momentText } from '../format';
import { useWords } from '../preferences';
import { type ChatEntry, chatTitle } from './chats';
import { GroupAvatar, PersonAvatar } from './people';

interface Props {
  readonly chats: readonly ChatEntry[];
  readonly current: string;
  onChoose(id: string): void;
  onNew(): void;
}

export function ChatList({ chats, current, onChoose, onNew }: Props) {
  const words = useWords();
  return (
    <nav className="chat-list" aria-label={words.chats.list}>
      <div className="chat-list-head">
        <h2>{words.chats.title}</h2>
        <Tooltip title={words.chats.new}>
          <Button type="text" shape="circle" icon={<PlusOutlined />} aria-label={words.chats.new} onClick={onNew} />
        </Tooltip>
      </div>
      <ul>
        {chats.map((chat) => (
          <li key={chat.id}>
            <button
              type="button"
              className="chat-entry"
              aria-current={chat.id === current ? 'true' : undefined}
              onClick={() => onChoose(chat.id)}
            >
              {chat.group ? (
                <GroupAvatar members={chat.members} size={40} />
              ) : (
                <PersonAvatar sender={chat.members[0] ?? chat.id} size={40} />
              )}
              <span className="chat-entry-text">
                <span className="chat-entry-line">
                  <span className="chat-entry-name">{chatTitle(words, chat)}</span>
                  <span className={chat.group ? 'tag tag-group' : 'tag'}>{chat.group ? words.chats.group : words.chats.private}</span>
                  {chat.at && <time dateTime={chat.at}>{momentText(chat.at, words.locale)}</time>}
                </span>
                <span className="chat-entry-last">{chat.at ? plainLine(chat.lastText ?? words.chats.card) : words.chats.nothing}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** One line without Markdown's marks, cut where no list would show more. */
const plainLine = (text: string): string =>
  text
    .slice(0, 300)
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/^[ \t]*(#{1,6}|[-*+]|>|\d+\.)[ \t]+|[*_`~|]+|-{3,}/gm, ' ')
    .replace(/\s+/g, ' ')
    .trim();
