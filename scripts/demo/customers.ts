import { Agent, get } from "node:http";

export type Counted = { readonly answered: number; readonly lost: number };

/** Customers who ask a shop for its products all the time. A request is lost when it is not answered well. */
export type Customers = {
  leave(): Promise<Counted>;
};

const SO_MANY = 4;
const PAUSE_MS = 5;

/** Sends them in: some keep their connections, some come with a new one each time. */
export function sendCustomers(url: string): Customers {
  const kept = new Agent({ keepAlive: true, maxSockets: SO_MANY });
  const counted = { answered: 0, lost: 0 };
  let here = true;
  const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  const shop = async (agent: Agent | false): Promise<void> => {
    while (here) {
      if (await isAnswered(`${url}/api/products`, agent)) counted.answered += 1;
      else counted.lost += 1;
      await pause();
    }
  };
  const all = Array.from({ length: 2 * SO_MANY }, (_, index) => shop(index < SO_MANY ? kept : false));
  return {
    leave: async () => {
      here = false;
      await Promise.all(all);
      kept.destroy();
      return counted;
    },
  };
}

function isAnswered(url: string, agent: Agent | false): Promise<boolean> {
  return new Promise((resolve) => {
    get(url, { agent }, (response) => {
      response.resume();
      response.once("end", () => resolve(response.statusCode === 200));
      response.once("error", () => resolve(false));
    }).once("error", () => resolve(false));
  });
}
