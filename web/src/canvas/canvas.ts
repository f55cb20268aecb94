/**
 * The canvas: a Blockly workspace with blockcast's palette, look and marks. Pages know the canvas
 * and not Blockly.
 */

import type { Problem, Step } from "../api/types";
import { Blockly } from "./blockly";
import { Beyond } from "./beyond";
import { type Refusal, takeRefusal, CHECKER } from "./connections";
import { shareClipboard } from "./clipboard";
import { countComments } from "./comments";
import { defineBlocks } from "./definitions";
import type { BlockState, Category, Entry, WorkspaceState } from "./entry";
import { Executing, type Moment } from "./executing";
import { ProblemMarks } from "./marks";
import { Minimap } from "./minimap";
import { standIn } from "./missing";
import { offered, toolbox } from "./palette";
import { textsIn } from "./picking";
import { PUBLISHING } from "./preview";
import { RENDERER } from "./renderer";
import { describeFocus, namePalette } from "./speech";
import { type Said, wordsOf } from "./step_words";
import { MEDIA } from "./styles";
import { colourOf, dark, light } from "./theme";
import { onTyping } from "./typing";
import { fit, goToBeginning } from "./view";

export interface CanvasOptions {
  categories: readonly Category[];
  isDark: boolean;
  isReadOnly?: boolean;
  /** The flow has changed: not told of selections and the like. */
  onchange?: () => void;
  /** Something is being typed, or was selected, that the preview may want to draw. */
  onpreview?: () => void;
  /** A block was dropped where it doesn't fit. */
  onrefused?: (refusal: Refusal) => void;
  /** What was offered by {@link Canvas.offer} is gone: a block was taken, or something else chosen. */
  onofferclosed?: () => void;
}

/** A block found in the workspace. */
export interface Found {
  id: string;
  text: string;
}

export class Canvas {
  readonly #workspace: Blockly.WorkspaceSvg;
  readonly #executing: Executing;
  readonly #marks: ProblemMarks;
  readonly #beyond: Beyond;
  readonly #options: CanvasOptions;
  #resize: ResizeObserver;
  readonly #hush: () => void;
  readonly #unhear: () => void = () => {};
  #minimap: Minimap | undefined;
  /** Blocks that name devices which aren't registered. */
  #gone = new Set<string>();
  #selected: string | undefined;
  #isLoading = false;
  #isOffering = false;

  constructor(host: HTMLElement, options: CanvasOptions) {
    this.#options = options;
    defineBlocks(options.categories);
    this.#workspace = Blockly.inject(host, this.#injection(options));
    this.#executing = new Executing(this.#workspace);
    this.#marks = new ProblemMarks(this.#workspace);
    this.#beyond = new Beyond(this.#workspace);
    this.#workspace.addChangeListener((event) => this.#heard(event));
    this.#resize = new ResizeObserver(() => {
      Blockly.svgResize(this.#workspace);
      this.#executing.resized();
    });
    this.#resize.observe(host);
    this.#hush = describeFocus(this.#workspace);
    if (options.isReadOnly) return;
    shareClipboard(this.#workspace);
    countComments(host);
    this.#unhear = onTyping(() => options.onpreview?.());
  }

  #injection(options: CanvasOptions): Blockly.BlocklyOptions {
    const isReadOnly = options.isReadOnly ?? false;
    const look: Blockly.BlocklyOptions = {
      renderer: RENDERER,
      theme: options.isDark ? dark : light,
      media: MEDIA,
      css: false,
      sounds: false,
      readOnly: isReadOnly,
      plugins: { connectionChecker: CHECKER },
      zoom: {
        controls: !isReadOnly,
        wheel: true,
        pinch: true,
        startScale: 0.72,
        minScale: 0.2,
        maxScale: 2,
      },
      move: { scrollbars: true, drag: true, wheel: true },
      grid: { spacing: 28, length: 2, colour: options.isDark ? "#2e2d38" : "#dcdae8", snap: false },
    };
    if (isReadOnly) return look;
    return {
      ...look,
      toolbox: toolbox(options.categories, colourOf),
      trashcan: true,
      comments: true,
      collapse: true,
      disable: true,
    };
  }

  dispose(): void {
    this.#resize.disconnect();
    this.#hush();
    this.#unhear();
    this.#beyond.dispose();
    this.#minimap?.dispose();
    this.#workspace.dispose();
  }

  /** Shows a flow; it can't be undone, and is no change. */
  load(state: WorkspaceState, keepsHistory = false): void {
    this.#isLoading = true;
    standIn(state);
    try {
      Blockly.serialization.workspaces.load(state as Record<string, unknown>, this.#workspace, {
        recordUndo: false,
      });
      if (!keepsHistory) this.#workspace.clearUndo();
      this.#beyond.update();
    } finally {
      this.#isLoading = false;
    }
  }

  /**
   * Draws everything anew in the words that Blockly and these categories have now. It is no
   * change: all stays where it is, what is selected, and what can be undone.
   */
  retell(categories: readonly Category[]): void {
    const workspace = this.#workspace;
    const state = this.save();
    const { scrollX, scrollY } = workspace;
    const selected = Blockly.common.getSelected()?.id;
    labels.clear();
    this.#executing.show(undefined);
    Blockly.Events.disable();
    try {
      defineBlocks(categories);
      workspace.updateToolbox(toolbox(categories, colourOf));
      namePalette(workspace);
      this.load(state, true);
      workspace.scroll(scrollX, scrollY);
      const block = selected ? workspace.getBlockById(selected) : null;
      if (block) Blockly.common.setSelected(block);
    } finally {
      Blockly.Events.enable();
    }
  }

  /** Replaces the flow by another as one act that can be undone. */
  replace(state: WorkspaceState): void {
    standIn(state);
    Blockly.Events.setGroup(true);
    Blockly.serialization.workspaces.load(state as Record<string, unknown>, this.#workspace, {
      recordUndo: true,
    });
    Blockly.Events.setGroup(false);
  }

  save(): WorkspaceState {
    return Blockly.serialization.workspaces.save(this.#workspace) as WorkspaceState;
  }

  get isDragging(): boolean {
    return this.#workspace.isDragging();
  }

  get isEmpty(): boolean {
    return this.#workspace.getTopBlocks(false).length === 0;
  }

  undo(): void {
    this.#workspace.undo(false);
  }

  redo(): void {
    this.#workspace.undo(true);
  }

  get canUndo(): boolean {
    return this.#workspace.getUndoStack().length > 0;
  }

  get canRedo(): boolean {
    return this.#workspace.getRedoStack().length > 0;
  }

  /** Shows a flow as {@link load} does, from its beginning. */
  open(state: WorkspaceState): void {
    // While there is no block the browser knows the size at once.
    Blockly.svgResize(this.#workspace);
    this.load(state);
    goToBeginning(this.#workspace);
  }

  zoomToFit(): void {
    // The host may have got its size just now, before anybody was told.
    Blockly.svgResize(this.#workspace);
    fit(this.#workspace);
  }

  /** All of a small flow; of a large one where it begins, at a size that can be read. */
  showBeginning(): void {
    Blockly.svgResize(this.#workspace);
    goToBeginning(this.#workspace);
  }

  tidy(): void {
    this.#workspace.cleanUp();
  }

  setDark(isDark: boolean): void {
    const theme = isDark ? dark : light;
    // Every block is drawn anew for a theme, even for the one it has.
    if (theme !== this.#workspace.getTheme()) this.#workspace.setTheme(theme);
  }

  setMinimap(isShown: boolean): void {
    if (isShown === Boolean(this.#minimap)) return;
    if (isShown) {
      this.#minimap = new Minimap(this.#workspace);
    } else {
      this.#minimap?.dispose();
      this.#minimap = undefined;
    }
  }

  /** Puts what was found into the palette's flyout; nothing closes it. */
  offer(entries: readonly Entry[]): void {
    const toolbox = this.#workspace.getToolbox();
    const flyout = toolbox?.getFlyout();
    if (!toolbox || !flyout) return;
    toolbox.clearSelection();
    this.#isOffering = entries.length > 0;
    if (this.#isOffering) flyout.show(entries.map(offered));
    else flyout.hide();
  }

  #closeOffer(isReplaced: boolean): void {
    if (!this.#isOffering) return;
    this.#isOffering = false;
    if (!isReplaced) this.#workspace.getToolbox()?.getFlyout()?.hide();
    this.#options.onofferclosed?.();
  }

  /** Moves the keyboard into the flyout, to drag out with it what was found. */
  focusOffer(): void {
    const flyout = this.#workspace.getToolbox()?.getFlyout();
    const first = flyout?.getWorkspace().getTopBlocks(true)[0];
    if (first) Blockly.getFocusManager().focusNode(first);
  }

  focus(): void {
    Blockly.getFocusManager().focusTree(this.#workspace);
  }

  /** The words of a block type in the author's language. */
  labelOf(type: string): string {
    return labels.get(type) ?? this.#label(type);
  }

  #label(type: string): string {
    const scratch = new Blockly.Workspace();
    let words = "";
    Blockly.Events.disable();
    try {
      words = scratch.newBlock(type).toString(undefined, " ");
    } catch {
      words = type;
    } finally {
      Blockly.Events.enable();
      scratch.dispose();
    }
    labels.set(type, words);
    return words;
  }

  /** Selects a block and brings it to the middle. */
  goTo(id: string): void {
    const block = this.#workspace.getBlockById(id);
    if (!block) return;
    this.#workspace.centerOnBlock(id, false);
    Blockly.getFocusManager().focusNode(block);
  }

  /** Brings a block to the middle; the focus stays where it is. */
  reveal(id: string): void {
    this.#workspace.centerOnBlock(id, false);
  }

  /** What a step took, gave and changed, in the words of its block. */
  wordsOf(step: Step): Said[] {
    return wordsOf(this.#workspace.getBlockById(step.block), step);
  }

  /** A block in words; empty when there is no such block. */
  describe(id: string): string {
    return this.#workspace.getBlockById(id)?.toString(60) ?? "";
  }

  find(text: string): Found[] {
    const wanted = text.trim().toLowerCase();
    if (!wanted) return [];
    return this.#workspace
      .getAllBlocks(true)
      .filter((block) => !block.isShadow() || block.getParent() === null)
      .map((block) => ({ id: block.id, text: block.toString(120) }))
      .filter((found) => found.text.toLowerCase().includes(wanted));
  }

  /** Marks blocks by class, and no others of that class. */
  mark(className: string, ids: Iterable<string>): void {
    const wanted = new Set(ids);
    for (const block of this.#workspace.getAllBlocks(false)) {
      if (wanted.has(block.id)) block.addClass(className);
      else block.removeClass(className);
    }
  }

  /** Shows the checker's problems on their blocks. */
  showProblems(problems: readonly Problem[]): void {
    this.#marks.show(problems);
  }

  /** The devices that are written out in blocks, by the block that sends to them. */
  namedDevices(): { block: string; ids: string[] }[] {
    const senders = [...PUBLISHING].flatMap((type) => this.#workspace.getBlocksByType(type, true));
    return senders
      .map((block) => ({ block, ids: textsIn(block.getInputTargetBlock("DEVICE_IDS")) ?? [] }))
      .filter(({ ids }) => ids.length > 0)
      .map(({ block, ids }) => ({ block: block.id, ids }));
  }

  /** Warns on these blocks of the devices they name, and on no others. */
  warnOfDevices(warnings: ReadonlyMap<string, string>): void {
    Blockly.Events.disable();
    try {
      for (const id of new Set([...this.#gone, ...warnings.keys()])) {
        this.#workspace.getBlockById(id)?.setWarningText(warnings.get(id) ?? null, "devices");
      }
      this.#gone = new Set(warnings.keys());
    } finally {
      Blockly.Events.enable();
    }
  }

  showMoment(moment: Moment | undefined): void {
    this.#executing.show(moment);
  }

  /** The publish block that the phone shows: the selected one, else the one touched last, else the first. */
  publishBlock(): BlockState | undefined {
    const block = this.#publishing();
    return (
      block && (Blockly.serialization.blocks.save(block, { addNextBlocks: false }) as BlockState)
    );
  }

  #publishing(): Blockly.Block | undefined {
    const selected = Blockly.common.getSelected();
    let at: Blockly.Block | null =
      selected instanceof Blockly.BlockSvg && selected.workspace === this.#workspace
        ? selected
        : null;
    for (; at; at = at.getSurroundParent()) {
      if (PUBLISHING.has(at.type)) {
        this.#selected = at.id;
        return at;
      }
    }
    const last = this.#selected && this.#workspace.getBlockById(this.#selected);
    if (last) return last;
    const all = [...PUBLISHING].flatMap((type) => this.#workspace.getBlocksByType(type, true));
    return all[0];
  }

  variables(): Map<string, string> {
    const all = this.#workspace.getVariableMap().getAllVariables();
    return new Map(all.map((variable) => [variable.getId(), variable.getName()]));
  }

  #heard(event: Blockly.Events.Abstract): void {
    const { onchange, onpreview, onrefused } = this.#options;
    if (event.type === Blockly.Events.TOOLBOX_ITEM_SELECT) {
      const { newItem } = event as Blockly.Events.ToolboxItemSelect;
      if (newItem) this.#closeOffer(true);
    }
    if (event.type === Blockly.Events.CLICK || event.type === Blockly.Events.BLOCK_CREATE) {
      this.#closeOffer(false);
    }
    if (event.type === Blockly.Events.BLOCK_DRAG) {
      const drag = event as Blockly.Events.BlockDrag;
      const refusal = drag.isStart ? undefined : takeRefusal();
      if (refusal) onrefused?.(refusal);
    }
    if (event.type === Blockly.Events.SELECTED) onpreview?.();
    if (event.isUiEvent || this.#isLoading || event.type === Blockly.Events.FINISHED_LOADING)
      return;
    onchange?.();
  }
}

const labels = new Map<string, string>();
