import type { Depth } from '../core/depth.ts';
import type { Endpoint } from '../core/endpoint.ts';
import type { EndpointObservation } from '../core/observation.ts';
import type { Inquire } from '../sources/inquiry/inquire.ts';
import type { Prober } from '../sources/tls-endpoint/prober.ts';

/** Sees what endpoints serve, and asks others about it where that is due. */
export interface Witness {
  /**
   * Not being able to look is an observation too: rejects only where the inventory cannot be read.
   *
   * @param depthOf How deep to look, after what was seen. @default no deeper
   */
  look(
    endpoint: Endpoint,
    depthOf?: (seen: EndpointObservation) => Depth | Promise<Depth>,
  ): Promise<EndpointObservation>;
  /** Ends every look at once. */
  close(): void;
}

export interface WitnessParts {
  readonly prober: Prober;
  readonly inquire: Inquire;
  /** Judges paths once more, with what is known besides what was sent. Rejects where the store fails. */
  readonly complete?: (observation: EndpointObservation) => Promise<EndpointObservation>;
  /** Ends what the others have under way. */
  readonly close: () => void;
}

const NO_DEEPER: Depth = { deep: false, inquire: false };

export function createWitness({ prober, inquire, complete, close }: WitnessParts): Witness {
  return {
    async look(endpoint, depthOf = () => NO_DEEPER) {
      let asking: Promise<Depth> | undefined;
      const seen = await prober.probe(endpoint, (first) => {
        asking = (async () => depthOf(first))();
        // To the prober it would be a failure to look.
        return asking.then(
          ({ deep }) => deep,
          () => false,
        );
      });
      const depth = (await asking) ?? NO_DEEPER;
      const judged = complete === undefined ? seen : await complete(seen);
      return depth.inquire ? { ...judged, inquiry: await inquire(judged, endpoint.serverName) } : judged;
    },
    close() {
      prober.close();
      close();
    },
  };
}
