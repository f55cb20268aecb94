/** Warns on blocks that name devices which aren't registered. */

import type { Server } from "../../api/server";
import type { Canvas } from "../../canvas/canvas";
import { t } from "../../i18n/i18n.svelte";

/** Devices that are looked up; beyond, nobody has typed them. */
const LOOKED_UP_MAX = 50;

/** A text of a condition: quotes are written twice. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Looks up the devices that are written out in blocks, and marks the blocks with unknown ones. */
export async function warnOfGone(canvas: Canvas, server: Server): Promise<void> {
  const named = canvas.namedDevices();
  const ids = [...new Set(named.flatMap((one) => one.ids))].slice(0, LOOKED_UP_MAX);
  const known = new Set<string>();
  try {
    if (ids.length > 0) {
      const where = `deviceId in (${ids.map(quoted).join(", ")})`;
      for (const { deviceId } of (await server.devices({ where })).items) known.add(deviceId);
    }
  } catch {
    // Whoever can't be asked is no reason to warn.
    return;
  }
  const gone = new Map<string, string>();
  for (const { block, ids: wanted } of named) {
    const missing = wanted.filter((id) => ids.includes(id) && !known.has(id));
    if (missing.length > 0) gone.set(block, t("pick.gone", { ids: missing.join(", ") }));
  }
  canvas.warnOfDevices(gone);
}
