/** Events of a flow's latest runs, to be tried again. */

import type { Server } from "../../api/server";
import type { FlowEvent } from "../../api/types";
import { t } from "../../i18n/i18n.svelte";
import { relative } from "../words";

export interface EarlierEvent {
  label: string;
  event: FlowEvent;
}

const OFFERED = 5;

export async function earlierEvents(server: Server, flow: string): Promise<EarlierEvent[]> {
  const { items } = await server.runs({ flow });
  const latest = items.slice(0, OFFERED);
  const records = await Promise.all(latest.map((one) => server.runRecord(one.id)));
  return records.map((one) => ({
    label: `${one.event.name ?? one.event.type ?? t("run.byHand")}, ${relative(one.startedAt)}`,
    event: one.report?.event ?? one.event,
  }));
}
