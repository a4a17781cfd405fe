import { LeftOutlined, NodeIndexOutlined } from '@ant-design/icons';
import { Button, Drawer, type InputRef, Result, Tooltip } from 'antd';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { Api } from '../api';
import { useMedia, useRemembered, useWords } from '../preferences';
import { useOpenSession } from '../session';
import { ChatList } from './chat-list';
import { chatTitle, useChats } from './chats';
import { Composer } from './composer';
import { Conversation } from './conversation';
import { Inside } from './inside';
import { NewChat } from './new-chat';
import { nameOf } from './people';
import { useChat } from './use-chat';

/** A chat window on Parley's own platform: what newcomers try first, without an account anywhere. */
export function SandboxPage() {
  const words = useWords();
  const { api, session } = useOpenSession();
  if (!session.sandbox)
    return (
      <main className="centred">
        <Result status="info" title={words.noSandbox.title} subTitle={words.noSandbox.detail} />
      </main>
    );
  return <Sandbox api={api} integrationId={session.sandbox.integrationId} />;
}

function Sandbox({ api, integrationId }: { readonly api: Api; readonly integrationId: string }) {
  const words = useWords();
  const narrow = useMedia('(max-width: 767px)');
  const wide = useMedia('(min-width: 1180px)');
  const [remembered, remember] = useRemembered('parley.sandbox.chat');
  const [current, setCurrent] = useState(remembered ?? 'Lin Xia');
  const [listOpen, setListOpen] = useState(false);
  const [creating, setCreating] = useState(false);
  const [insideWanted, wantInside] = useRemembered('parley.sandbox.inside');
  const [insideDrawer, setInsideDrawer] = useState(false);
  const input = useRef<InputRef>(null);

  const chat = useChat(api, integrationId, current);
  const changes = useMemo(() => changesOf(chat.timeline), [chat.timeline]);
  const { chats, add } = useChats(api, integrationId, changes);
  const entry = chats.find(({ id }) => id === current) ?? chats[0]!;
  const members = useMemo(() => withSeen(entry.members, entry.group, chat.timeline), [entry, chat.timeline]);
  const [speakers, setSpeakers] = useState<Readonly<Record<string, string>>>({});
  const speaker = speakers[entry.id] ?? members[0] ?? entry.id;

  // biome-ignore lint/correctness/useExhaustiveDependencies: a chosen chat is one to write in.
  useEffect(() => {
    if (!narrow) input.current?.focus();
  }, [narrow, current]);

  const choose = (id: string) => {
    setCurrent(id);
    remember(id);
    setListOpen(false);
  };
  const list = <ChatList chats={chats} current={entry.id} onChoose={choose} onNew={() => setCreating(true)} />;
  const insideShown = wide && insideWanted !== 'hidden';
  const toggleInside = () => (wide ? wantInside(insideShown ? 'hidden' : 'shown') : setInsideDrawer((open) => !open));
  const inside = <Inside api={api} integrationId={integrationId} chat={entry.id} changes={changes} />;
  return (
    <main className="sandbox">
      {!narrow && <aside className="sandbox-list">{list}</aside>}
      <div className="sandbox-chat">
        <div className="chat-head">
          {narrow && <Button type="text" icon={<LeftOutlined />} aria-label={words.chats.open} onClick={() => setListOpen(true)} />}
          <div className="chat-title">
            <h1>{chatTitle(words, entry)}</h1>
            <p>{entry.group ? words.chats.members(members.length) : words.chats.privateWith(nameOf(words, speaker))}</p>
          </div>
          <Tooltip title={insideShown ? words.inside.close : words.inside.open}>
            <Button
              type="text"
              icon={<NodeIndexOutlined />}
              aria-label={insideShown ? words.inside.close : words.inside.open}
              aria-expanded={insideShown || insideDrawer}
              onClick={toggleInside}
            />
          </Tooltip>
        </div>
        <Conversation
          entry={entry}
          chat={chat}
          speaker={speaker}
          onSuggest={(text) => chat.send({ sender: speaker, text, group: entry.group, mentions: entry.group ? ['bot'] : [] })}
        />
        <Composer
          key={entry.id}
          entry={entry}
          speaker={speaker}
          members={members}
          input={input}
          onSpeaker={(next) => setSpeakers((before) => ({ ...before, [entry.id]: next }))}
          onSend={chat.send}
        />
      </div>
      {insideShown && (
        <aside className="sandbox-inside" aria-label={words.inside.title}>
          <h2>{words.inside.title}</h2>
          {inside}
        </aside>
      )}
      <Drawer
        open={narrow && listOpen}
        onClose={() => setListOpen(false)}
        placement="left"
        size={300}
        title={words.product}
        rootClassName="list-drawer"
      >
        {list}
      </Drawer>
      <Drawer open={!wide && insideDrawer} onClose={() => setInsideDrawer(false)} placement="right" size={360} title={words.inside.title}>
        {inside}
      </Drawer>
      <NewChat
        open={creating}
        taken={chats.flatMap((known) => [known.id, chatTitle(words, known)])}
        onCancel={() => setCreating(false)}
        onClosed={() => input.current?.focus()}
        onCreate={(created) => {
          add(created);
          setCreating(false);
          choose(created.id);
        }}
      />
    </main>
  );
}

/** Changes whenever something happened that the lists beside the chat should learn of, but not with every word of a stream. */
const changesOf = (timeline: readonly { readonly key: string; readonly state?: string; readonly delivery?: string }[]): string => {
  const last = timeline.slice(-3).map(({ key, state, delivery }) => `${key} ${state ?? ''} ${delivery ?? ''}`);
  return `${timeline.length} ${last.join(' ')}`;
};

/** A group's members are those named when it was made, and whoever was seen in it; a private chat's is the one who wrote. */
function withSeen(
  members: readonly string[],
  group: boolean,
  timeline: readonly { readonly kind: string; readonly from?: string; readonly sender?: string }[],
) {
  const seen = timeline.flatMap(({ from, sender }) => (from === 'person' && sender ? [sender] : []));
  if (!group) return seen[0] ? [seen[0]] : members;
  return [...new Set([...members, ...seen])];
}
