import type { Zoo } from './zoo.ts';

/** One cycle of the monitor, and what the demo does to the servers after it. */
export interface Chapter {
  /** Simulated days before the present; 0 is the present. */
  readonly daysAgo: number;
  readonly title: string;
  /** Looks at every target although none is due. */
  readonly all?: true;
  /** Changes something about the servers; returns sentences about it. */
  readonly afterwards?: (zoo: Zoo) => readonly string[];
}

/** Three weeks, seen on the days on which something is to be seen. */
export const STORY: readonly Chapter[] = [
  { daysAgo: 21, title: 'The first look: how things stand, one message per owner' },
  { daysAgo: 17, title: 'Two certificates come within sight of their end' },
  {
    daysAgo: 9,
    title: 'One becomes urgent, and what has failed three times in a row is said',
    afterwards: renew,
  },
  { daysAgo: 8, title: 'What is new was seen once; one look is not yet an all-clear' },
  { daysAgo: 6, title: 'Seen a second time: the all-clear for shop. Meanwhile admin becomes urgent' },
  { daysAgo: 0, title: 'Today: admin is critical; pay and a CA of the partners are next' },
  { daysAgo: 0, title: 'Everything once more: what was said is not said again', all: true },
];

function renew(zoo: Zoo): readonly string[] {
  zoo.renewShop();
  const [first, second] = zoo.payAddresses;
  if (second === undefined) {
    return [
      'Renewed the certificate of shop.demo.test.',
      'pay.demo.test is left out: this machine has no second loopback address for it.',
    ];
  }
  zoo.renewFirstPayAddress();
  return [
    'Renewed the certificate of shop.demo.test.',
    `Renewed that of pay.demo.test on ${first}, and not yet on ${second}.`,
  ];
}
