import type { AnyChannel } from './channel';
import { lark } from './lark';
import { sandbox } from './sandbox';

/** The platforms Parley speaks. */
export const channels: readonly AnyChannel[] = [lark, sandbox];

export const findChannel = (name: string): AnyChannel | undefined => channels.find((channel) => channel.name === name);
