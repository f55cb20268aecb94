/** Pure: the fields of a template as a form: which there are, of what kind, in which groups. */

/** What a field takes: a text with places, more lines of it, a plain text, a whole number… */
export type Kind = "smart" | "long" | "text" | "number" | "flag" | "color" | "priority" | "actions";

/** The part of a field's words' key: `field.title`. */
export type FieldLabel =
  | "title"
  | "subtitle"
  | "text"
  | "subText"
  | "ticker"
  | "picture"
  | "largeIcon"
  | "icon"
  | "color"
  | "buttons"
  | "category"
  | "sound"
  | "badge"
  | "appChannel"
  | "actionOnTap"
  | "thread"
  | "summaryFormat"
  | "mutable"
  | "priority"
  | "ttl"
  | "collapseKey"
  | "wakes"
  | "directBoot"
  | "message";

export interface Field {
  /** The API's name. */
  name: string;
  kind: Kind;
  label: FieldLabel;
}

/** Fields that belong together. */
export interface Group {
  /** The part of its words' key: `group.texts`. */
  label: "texts" | "look" | "buttons" | "behaviour" | "delivery";
  fields: Field[];
}

export type Platform = "android" | "ios" | "osx";

const field = (name: string, kind: Kind, label: FieldLabel): Field => ({ name, kind, label });

const DELIVERY: Field[] = [
  field("deliveryPriority", "priority", "priority"),
  field("ttlSeconds", "number", "ttl"),
  field("collapseKey", "smart", "collapseKey"),
  field("contentAvailable", "flag", "wakes"),
];

const ANDROID: Group[] = [
  {
    label: "texts",
    fields: [
      field("contentTitle", "smart", "title"),
      field("contentText", "long", "text"),
      field("summarySubText", "smart", "subText"),
      field("tickerText", "smart", "ticker"),
    ],
  },
  {
    label: "look",
    fields: [
      field("attachmentUrl", "smart", "picture"),
      field("largeIcon", "smart", "largeIcon"),
      field("icon", "text", "icon"),
      field("colorCode", "color", "color"),
    ],
  },
  { label: "buttons", fields: [field("actions", "actions", "buttons")] },
  {
    label: "behaviour",
    fields: [
      field("sound", "text", "sound"),
      field("badge", "number", "badge"),
      field("channelTemplate", "text", "appChannel"),
      field("actionOnTap", "text", "actionOnTap"),
    ],
  },
  { label: "delivery", fields: [...DELIVERY, field("directBoot", "flag", "directBoot")] },
];

const APPLE: Group[] = [
  {
    label: "texts",
    fields: [
      field("alertTitle", "smart", "title"),
      field("alertSubtitle", "smart", "subtitle"),
      field("alertBody", "long", "text"),
    ],
  },
  {
    label: "look",
    fields: [
      field("attachmentUrl", "smart", "picture"),
      field("threadId", "smart", "thread"),
      field("summaryFormat", "text", "summaryFormat"),
      field("mutableContent", "flag", "mutable"),
    ],
  },
  {
    label: "buttons",
    fields: [field("actions", "actions", "buttons"), field("buttonTemplate", "text", "category")],
  },
  {
    label: "behaviour",
    fields: [field("sound", "text", "sound"), field("badge", "number", "badge")],
  },
  { label: "delivery", fields: DELIVERY },
];

export const PLATFORMS: Record<Platform, Group[]> = { android: ANDROID, ios: APPLE, osx: APPLE };
