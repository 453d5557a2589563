import { streamOutput } from '../lib/cli/output.ts';
import { type Paint, painter } from '../lib/cli/render/color.ts';
import type { Channel } from '../lib/notify/channel.ts';
import { terminalChannel } from '../lib/notify/terminal.ts';

/** What the demo prints on: headings and sentences of its own, between what the product prints. */
export interface Screen {
  readonly width: number;
  readonly paint: Paint;
  heading(text: string): void;
  line(text?: string): void;
  /** The product's own terminal channel. */
  readonly channel: Channel;
}

export function createScreen(): Screen {
  const output = streamOutput(process.stdout, process.env);
  const paint = painter(output.color);
  const print = (text: string) => console.log(text);
  return {
    width: output.width,
    paint,
    heading: (text) => print(`\n${paint('strong', text)}\n`),
    line: (text = '') => print(text),
    channel: terminalChannel((text) => output.write(text), { width: output.width, paint }),
  };
}
