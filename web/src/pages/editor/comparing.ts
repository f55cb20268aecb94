/** What the dialog with two states of a flow shows: a version and the draft, or two drafts of
 * one flow that were saved at the same time. */

import type { Server } from "../../api/server";
import type { Diff, Source, Version } from "../../api/types";
import { t } from "../../i18n/i18n.svelte";
import type { Editing } from "./editing.svelte";

export interface Comparison {
  title: string;
  from: { name: string; source: Source };
  to: { name: string; source: Source };
  diff: Diff;
  /** Whether these are two drafts, one of which is to be chosen. */
  isConflict: boolean;
}

/** A version beside the draft. */
export async function ofVersion(
  server: Server,
  id: string,
  version: Version,
  draft: Source,
): Promise<Comparison | undefined> {
  const { source } = await server.version(id, version.number);
  if (!source) return undefined;
  return {
    title: t("diff.title"),
    from: { name: t("versions.version", { version: version.number }), source },
    to: { name: t("diff.draft"), source: draft },
    diff: await server.diff(source, draft),
    isConflict: false,
  };
}

/** What somebody else saved beside what is here. */
export function ofConflict({ conflict }: Editing): Comparison | undefined {
  if (!conflict?.theirs.source) return undefined;
  return {
    title: t("conflict.title"),
    from: { name: t("conflict.theirs"), source: conflict.theirs.source },
    to: { name: t("conflict.yours"), source: conflict.yours.source },
    diff: conflict.diff,
    isConflict: true,
  };
}
