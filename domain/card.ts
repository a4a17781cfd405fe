import { type Answer, isEnd, type ReplyState, type ReplyView, type Step } from './answer';
import type { CardAction } from './event';
import type { LocalizedText } from './language';
import * as phrases from './phrases';

/** What the line under an ended answer may tell. */
export const footerFields = ['label', 'seconds', 'model', 'tokens'] as const;
type FooterField = (typeof footerFields)[number];

/** How the answers of one integration look. */
export interface Appearance {
  /** What stands under an ended answer, in this order; nothing = no line. */
  readonly footer: readonly FooterField[];
  /** The words of `label`; null = Parley's own. */
  readonly aiLabel: LocalizedText | null;
  /** The expert's thoughts are shown. */
  readonly reasoning: boolean;
  /** The expert's steps are shown. */
  readonly steps: boolean;
  /** Answers can be rated. */
  readonly feedback: boolean;
  /** The answer grows while the expert speaks; otherwise it comes in one piece. */
  readonly stream: boolean;
  /** Answers are cards; otherwise plain messages at the end. */
  readonly card: boolean;
  /** The question gets a sign that it was received, where the platform can. */
  readonly reaction: boolean;
}

export const defaultAppearance: Appearance = {
  footer: ['label', 'seconds', 'model'],
  aiLabel: null,
  reasoning: false,
  steps: true,
  feedback: true,
  stream: true,
  card: true,
  reaction: true,
};

/** What was stored, over the defaults. What does not fit (an older release wrote it) counts as not given. */
export function appearanceOf(stored: Readonly<Record<string, unknown>>): Appearance {
  const on = (name: 'reasoning' | 'steps' | 'feedback' | 'stream' | 'card' | 'reaction'): boolean => {
    const given = stored[name];
    return typeof given === 'boolean' ? given : defaultAppearance[name];
  };
  return {
    footer: Array.isArray(stored.footer)
      ? footerFields.filter((field) => isIn(stored.footer, field)).sort(by(stored.footer))
      : defaultAppearance.footer,
    aiLabel: isLocalized(stored.aiLabel) ? stored.aiLabel : defaultAppearance.aiLabel,
    ...{ reasoning: on('reasoning'), steps: on('steps'), feedback: on('feedback') },
    ...{ stream: on('stream'), card: on('card'), reaction: on('reaction') },
  };
}

const isIn = (list: unknown, field: string): boolean => Array.isArray(list) && list.includes(field);
const by = (list: readonly unknown[]) => (a: string, b: string) => list.indexOf(a) - list.indexOf(b);
const isLocalized = (value: unknown): value is LocalizedText =>
  typeof value === 'object' &&
  value !== null &&
  'en' in value &&
  'zh' in value &&
  typeof value.en === 'string' &&
  typeof value.zh === 'string';

/** What may be pressed on a card in this state, in order. */
export function buttonsFor(state: ReplyState, { feedback }: Pick<Appearance, 'feedback'>): readonly CardAction[] {
  if (!isEnd(state)) return ['stop'];
  if (state === 'done') return feedback ? ['good', 'bad', 'regenerate', 'new'] : ['regenerate', 'new'];
  return ['retry', 'new'];
}

/**
 * The card as this integration shows it: without what it hides, with its buttons and the line under it. Buttons that are given stay.
 * @param can what the channel can do; undefined where it is unknown
 */
export function dress(view: ReplyView, appearance: Appearance, can: { readonly buttons: boolean } | undefined): ReplyView {
  const { reasoning, footer: _, ...rest } = view;
  const footer = isEnd(view.state) && (view.state === 'done' || view.text !== '') ? footerOf(view, appearance) : '';
  const pressable = appearance.card && can?.buttons !== false;
  return {
    ...rest,
    steps: appearance.steps ? view.steps : [],
    ...(appearance.reasoning && reasoning && { reasoning }),
    ...(footer && { footer }),
    buttons: pressable ? (view.buttons ?? buttonsFor(view.state, appearance)) : [],
  };
}

function footerOf({ language, seconds, usage }: ReplyView, { footer, aiLabel }: Appearance): string {
  const tokens = (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0);
  const texts: Readonly<Record<FooterField, string | undefined>> = {
    label: (aiLabel ?? phrases.aiLabel)[language],
    seconds: seconds === undefined ? undefined : phrases.duration(seconds, language),
    model: usage?.model,
    tokens: tokens > 0 ? phrases.tokens(tokens, language) : undefined,
  };
  return footer
    .map((field) => texts[field])
    .filter(Boolean)
    .join(' · ');
}

/** Steps as they stand when the answer has ended: none goes on. */
export const endedSteps = (steps: readonly Step[], state: ReplyState): readonly Step[] =>
  steps.map((step) => (step.status === 'running' ? { ...step, status: state === 'done' ? 'done' : 'failed' } : step));

/**
 * Gives steps their durations as they end: backends tell that a step ends, rarely how long it took.
 * @param now in milliseconds
 */
export function createStepClock(now: () => number): (answer: Answer) => Answer {
  const begun = new Map<string, number>();
  const took = new Map<string, number>();
  return (answer) => {
    if (answer.steps.length === 0) return answer;
    return { ...answer, steps: answer.steps.map(timed) };
  };

  function timed(step: Step): Step {
    if (!begun.has(step.id)) begun.set(step.id, now());
    if (step.status === 'running' || step.seconds !== undefined) return step;
    if (!took.has(step.id)) took.set(step.id, Math.round((now() - begun.get(step.id)!) / 100) / 10);
    return { ...step, seconds: took.get(step.id)! };
  }
}

/** Why somebody did not like an answer. */
export const badReasons = ['wrong', 'incomplete', 'unsafe', 'slow', 'other'] as const;
export type BadReason = (typeof badReasons)[number];

interface Complaint {
  readonly reason: BadReason | null;
  /** In the person's own words. */
  readonly comment: string | null;
}

/** Reads what comes with a `bad`: a code, a code with words behind a colon, or words alone. */
export function readComplaint(detail: string | null | undefined): Complaint {
  const text = detail?.trim() ?? '';
  if (text === '') return { reason: null, comment: null };
  const [code = '', ...words] = text.split(':');
  const reason = badReasons.find((known) => known === code.trim().toLowerCase());
  if (!reason) return { reason: 'other', comment: text };
  return { reason, comment: words.join(':').trim() || null };
}

/** The same question again, as one message of whoever pressed: lines of others carry their speakers where several asked. */
export function questionAgain(
  asked: readonly { readonly text: string; readonly name: string | null; readonly platformPersonId: string }[],
  presser: string,
): string {
  const several = asked.some(({ platformPersonId }) => platformPersonId !== asked[0]?.platformPersonId);
  if (!several) return asked.map(({ text }) => text).join('\n');
  return asked
    .map(({ text, name, platformPersonId }, index) => {
      if (index === 0 && platformPersonId === presser) return text;
      return `${index === 0 ? '\n' : ''}${name ?? platformPersonId}: ${text}`;
    })
    .join('\n');
}
