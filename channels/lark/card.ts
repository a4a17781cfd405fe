import { isEnd, type ReplyView } from '../../domain/answer';
import type { CardAction } from '../../domain/event';
import { statusWords } from '../status-words';
import { grey, harmless, preview } from './markup';
import { buttonRow, markdown, reasoningPanel, stepsPanel } from './panels';
import { statusLine } from './status';
import { WORDS } from './words';

/** The elements that change while the expert speaks; their texts are what a frame carries. */
const ELEMENT = { status: 'status', answer: 'answer' } as const;

/** Which part of a long answer a card is. */
export interface Place {
  readonly number: number;
  /** Known at the end only. */
  readonly of?: number;
  /** Only the last part has a status, panels, buttons and a footer. */
  readonly last: boolean;
}

export interface CardOptions {
  readonly turnId: string;
  /** The part's text, exactly as it shall be shown. */
  readonly text: string;
  readonly place: Place;
  /** False for cards that are patched as a whole. */
  readonly streaming: boolean;
  /** Shows the text unformatted: what is left when Lark refuses its Markdown (too many tables, for one). */
  readonly plain?: boolean;
}

type Json = Readonly<Record<string, unknown>>;

/** The whole card for one part of a reply, as Card JSON 2.0. */
export function replyCard(view: ReplyView, options: CardOptions): Json {
  const { place, text, turnId } = options;
  const running = place.last && !isEnd(view.state);
  const streaming = options.streaming && running;
  const status = place.last ? statusLine(view) : '';
  const buttons = place.last ? buttonsOf(view) : [];
  const footer = footerOf(view, place);
  const small = { text_size: 'notation' };
  const elements = [
    ...(status ? [markdown(ELEMENT.status, status, small)] : []),
    ...(place.last && view.reasoning?.trim() ? [reasoningPanel(view)] : []),
    ...(place.last && view.steps.length > 0 ? [stepsPanel(view)] : []),
    ...(text || running ? [options.plain ? plainText(text) : markdown(ELEMENT.answer, harmless(text))] : []),
    ...(buttons.length > 0 ? [buttonRow(buttons, turnId, view.language)] : []),
    ...(footer ? [markdown('footer', grey(footer), small)] : []),
  ];
  return {
    schema: '2.0',
    config: {
      update_multi: true,
      streaming_mode: streaming,
      summary: { content: preview(running ? status : text || status) },
      ...(streaming
        ? { streaming_config: { print_frequency_ms: { default: 50 }, print_step: { default: 4 }, print_strategy: 'fast' } }
        : {}),
    },
    ...headerOf(view, place),
    body: { elements },
  };
}

/** What may be pressed: as the view says; a view that says nothing can be stopped until it has ended. */
const buttonsOf = ({ buttons, state }: ReplyView): readonly CardAction[] => buttons ?? (isEnd(state) ? [] : ['stop']);

/** A card that is no longer needed because the answer became shorter. */
export function emptiedCard(view: ReplyView): Json {
  const note = WORDS.superseded[view.language];
  return {
    schema: '2.0',
    config: { update_multi: true, streaming_mode: false, summary: { content: note } },
    body: { elements: [markdown('footer', grey(note), { text_size: 'notation' })] },
  };
}

/** The same card in a new message, with a sentence that says why there is another one. */
export function againCard(view: ReplyView, options: CardOptions): Json {
  const card = replyCard(view, { ...options, streaming: false });
  const { elements } = card.body as { readonly elements: readonly Json[] };
  return { ...card, body: { elements: [markdown('again', grey(WORDS.gone[view.language]), { text_size: 'notation' }), ...elements] } };
}

/** The same reply where no card can be shown: text, then how it ended. */
export const asText = (view: ReplyView, text: string, place: Place): string =>
  [
    text,
    ...(place.last ? [statusLine(view), isEnd(view.state) ? (view.footer ?? '') : ''] : []),
    ...(place.of && place.of > 1 ? [`(${place.number}/${place.of})`] : []),
  ]
    .filter(Boolean)
    .join('\n\n');

/** Which part it is, where there are several, and the view's own line at the end. */
function footerOf(view: ReplyView, { number, of, last }: Place): string {
  if (!last) return [of ? `(${number}/${of})` : `(${number})`, WORDS.continued[view.language]].join(' · ');
  if (!isEnd(view.state)) return '';
  return [of && of > 1 ? `(${number}/${of})` : '', view.footer ?? ''].filter(Boolean).join(' · ');
}

function headerOf(view: ReplyView, place: Place): Json {
  if (!place.last || !isEnd(view.state) || view.state === 'done') return {};
  const content = statusWords[view.state][view.language];
  return { header: { title: { tag: 'plain_text', content }, template: view.state === 'failed' ? 'red' : 'grey' } };
}

const plainText = (content: string): Json => ({ tag: 'div', text: { tag: 'plain_text', element_id: ELEMENT.answer, content } });

/** One thing that a frame can change without touching the rest of the card. */
export interface Live {
  readonly element: string;
  readonly text: string;
  /** Whether it is a Markdown element's text; else a panel's title. */
  readonly typed: boolean;
}

/** Everything on a card that may change from frame to frame. */
export function liveOf(card: Json): readonly Live[] {
  const { elements } = card.body as { readonly elements: readonly Json[] };
  return elements.flatMap(liveIn);
}

function liveIn(element: Json): readonly Live[] {
  const id = String(element.element_id);
  if (element.tag === 'markdown') return id === 'footer' ? [] : [{ element: id, text: String(element.content), typed: true }];
  if (element.tag !== 'collapsible_panel') return [];
  const { title } = element.header as { readonly title: { readonly content: string } };
  return [{ element: id, text: title.content, typed: false }, ...(element.elements as readonly Json[]).flatMap(liveIn)];
}

/** New properties for a live thing. */
export const propertiesOf = ({ text, typed }: Live): Json =>
  typed ? { content: text || ' ' } : { header: { title: { tag: 'plain_text', content: text } } };

/** What must be equal of two cards for one to become the other frame by frame: their elements and what can be pressed. */
export function shapeOf(card: Json): unknown {
  const { elements } = card.body as { readonly elements: readonly Json[] };
  return [
    card.header ?? null,
    (card.config as Json).streaming_mode,
    elements.map((element) => {
      const live = liveIn(element);
      return live.length > 0 ? live.map(({ element: id }) => id) : element;
    }),
  ];
}
