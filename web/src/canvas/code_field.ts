/** A field that holds a script: it shows the first line, and a click opens an editor for all. */

import * as Blockly from "blockly/core";

/** Opens an editor with `code`; `keep` takes what was written. */
export type OpenEditor = (code: string, keep: (code: string) => void) => void;

/** Characters of the first line that a block has room for. */
const SHOWN_MAX = 32;

let openEditor: OpenEditor = () => {};

/** Says who opens the editor; the page that holds the canvas does. */
export function onOpenCode(open: OpenEditor): void {
  openEditor = open;
}

interface CodeFieldOptions extends Blockly.FieldConfig {
  text?: string;
}

class CodeField extends Blockly.Field<string> {
  override SERIALIZABLE = true;

  constructor(value?: string, config?: CodeFieldOptions) {
    super(Blockly.Field.SKIP_SETUP);
    if (config) this.configure_(config);
    this.setValue(value ?? "");
  }

  static override fromJson(options: CodeFieldOptions): CodeField {
    return new this(options.text ?? "", options);
  }

  protected override doClassValidation_(value?: unknown): string {
    return typeof value === "string" ? value : String(value ?? "");
  }

  protected override getDisplayText_(): string {
    const lines = (this.getValue() ?? "").split("\n");
    const first = lines[0] ?? "";
    const isCut = lines.length > 1 || first.length > SHOWN_MAX;
    return (first.slice(0, SHOWN_MAX) || " ") + (isCut ? " …" : "");
  }

  override initView(): void {
    super.initView();
    this.recomputeAriaContext();
  }

  protected override doValueUpdate_(value: string): void {
    super.doValueUpdate_(value);
    this.recomputeAriaContext();
  }

  /** Those who can't see the script hear its first line, and that it can be edited. */
  override recomputeAriaContext(): boolean {
    if (!super.recomputeAriaContext()) return false;
    const prefix = Blockly.Msg["FIELD_LABEL_EDIT_PREFIX"] ?? "Edit %1";
    const words = prefix.replace("%1", this.getDisplayText_().trim());
    Blockly.utils.aria.setState(this.getFocusableElement(), Blockly.utils.aria.State.LABEL, words);
    return true;
  }

  protected override showEditor_(): void {
    openEditor(this.getValue() ?? "", (code) => {
      Blockly.Events.setGroup(true);
      this.setValue(code);
      Blockly.Events.setGroup(false);
    });
  }
}

export function registerCodeField(): void {
  for (const type of ["field_multilinetext", "field_code"]) {
    Blockly.fieldRegistry.register(type, CodeField);
  }
}
