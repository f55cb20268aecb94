/** The channels a device listens to, as a person edits them. */

/** The list with the names that were typed (several between commas), each once. */
export function withChannels(channels: readonly string[], typed: string): readonly string[] {
  const names = typed.split(",").map((name) => name.trim());
  return [...new Set([...channels, ...names.filter((name) => name !== "")])];
}

/** The list without one name. A device without any channel is on the default one. */
export function withoutChannel(channels: readonly string[], name: string): readonly string[] {
  const others = channels.filter((one) => one !== name);
  return others.length > 0 ? others : ["default"];
}
