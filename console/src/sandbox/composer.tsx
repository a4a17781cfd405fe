import { ArrowUpOutlined } from '@ant-design/icons';
import { Button, Input, type InputRef, Select, Switch, Tooltip } from 'antd';
import { type KeyboardEvent, type Ref, useState } from 'react';
import { useMedia, useWords } from '../preferences';
import type { ChatEntry } from './chats';
import { nameOf, PersonAvatar } from './people';
import type { Draft } from './use-chat';

interface Props {
  readonly entry: ChatEntry;
  readonly speaker: string;
  readonly members: readonly string[];
  readonly input: Ref<InputRef>;
  onSpeaker(speaker: string): void;
  onSend(draft: Draft): void;
}

const COMMANDS = ['/new', '/stop', '/status', '/help'];
const LONGEST_TEXT = 20_000;

/** Where a person writes; in a group also who that is, and whether the bot is meant. */
export function Composer({ entry, speaker, members, input, onSpeaker, onSend }: Props) {
  const words = useWords();
  const [text, setText] = useState('');
  const [mention, setMention] = useState(true);
  const touch = useMedia('(pointer: coarse)');
  const send = (content: string) => {
    const named = namesBot(content);
    onSend({ sender: speaker, text: withoutBot(content), group: entry.group, mentions: entry.group && (mention || named) ? ['bot'] : [] });
  };
  const submit = () => {
    if (!withoutBot(text)) return;
    send(text);
    setText('');
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes, Enter chooses a word.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    submit();
  };
  return (
    <form
      className="composer"
      aria-label={words.composer.label}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <fieldset className="composer-chips" aria-label={words.composer.commands}>
        {COMMANDS.map((command) => (
          <Tooltip key={command} title={words.composer.commandHints[command]}>
            <button type="button" className="chip" onClick={() => send(command)}>
              {command}
            </button>
          </Tooltip>
        ))}
        {entry.group && !mention && <span className="composer-hint">{words.composer.mentionOff}</span>}
      </fieldset>
      <div className="composer-box">
        <div className="composer-input">
          {entry.group && mention && <span className="mention mention-typed">@{words.bot}</span>}
          <Input.TextArea
            ref={input}
            variant="borderless"
            value={text}
            maxLength={LONGEST_TEXT}
            autoSize={{ minRows: 1, maxRows: 8 }}
            placeholder={words.composer.placeholder(nameOf(words, speaker))}
            aria-label={words.composer.label}
            aria-describedby="composer-keys"
            onChange={(event) => setText(event.target.value)}
            onKeyDown={onKeyDown}
          />
        </div>
        <div className="composer-tools">
          {members.length > 1 ? (
            <Select
              size="small"
              variant="filled"
              className="composer-speaker"
              popupMatchSelectWidth={false}
              value={speaker}
              aria-label={words.composer.speaker}
              onChange={onSpeaker}
              options={members.map((member) => ({
                value: member,
                label: (
                  <span className="composer-person">
                    <PersonAvatar sender={member} size={18} /> {nameOf(words, member)}
                  </span>
                ),
              }))}
            />
          ) : (
            <span className="composer-person">
              <PersonAvatar sender={speaker} size={18} /> {nameOf(words, speaker)}
            </span>
          )}
          {entry.group && (
            <span className="composer-mention">
              <Switch size="small" checked={mention} onChange={setMention} aria-label={words.composer.mention} />{' '}
              <span aria-hidden="true">{words.composer.mention}</span>
            </span>
          )}
          <span id="composer-keys" className={touch ? 'visually-hidden' : 'composer-keys'}>
            {words.composer.keys}
          </span>
          <Button
            type="primary"
            shape="circle"
            htmlType="submit"
            icon={<ArrowUpOutlined />}
            aria-label={words.composer.send}
            disabled={!withoutBot(text)}
          />
        </div>
      </div>
    </form>
  );
}

const NAMES_BOT = /(^|\s)@(parley|bot|机器人)(?=\s|$|[，,。:：])/giu;
const namesBot = (text: string): boolean => text.search(NAMES_BOT) >= 0;
/** A platform hands a mention over beside the text, so it is taken out here as well. */
const withoutBot = (text: string): string => text.replace(NAMES_BOT, '$1').trim();
