//! What can happen.

use super::value::{LanguageTag, Money, Q15};
use crate::id::{ContactId, MessageId, TemplateId};

macro_rules! names {
    (
        $(#[$doc:meta])* $name:ident { $($(#[$item_doc:meta])* $item:ident = $code:literal, $text:literal;)+ }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name { $($(#[$item_doc])* $item = $code,)+ }

        impl $name {
            /// Every value, in order of code.
            pub const ALL: &'static [Self] = &[$(Self::$item,)+];

            /// The name in JSON.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$item => $text,)+ }
            }

            /// Reads the name in JSON.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$item),)+ _ => None }
            }

            /// Reads the code of the binary form.
            #[must_use]
            pub fn from_code(code: u8) -> Option<Self> {
                match code { $($code => Some(Self::$item),)+ _ => None }
            }
        }
    };
}

names! {
    /// Where an event came from.
    Source {
        /// WhatsApp Cloud API webhook.
        WhatsappWebhook = 0, "whatsapp_webhook";
        /// Chat export of the WhatsApp app.
        WhatsappExport = 1, "whatsapp_export";
        /// Chatwoot webhook.
        Chatwoot = 2, "chatwoot";
        /// Table of an existing CRM.
        Sql = 3, "sql";
        /// Purchases file.
        Purchases = 4, "purchases";
        /// Canonical events sent by the user's own systems.
        Api = 5, "api";
        /// Our own models (enrichment).
        Enrichment = 6, "enrichment";
        /// Simulated data.
        Simulator = 7, "simulator";
    }
}

names! {
    /// The format of a message.
    MessageKind {
        /// Plain text.
        Text = 0, "text";
        /// Voice note recorded in the app.
        Voice = 1, "voice";
        /// Audio file.
        Audio = 2, "audio";
        /// Picture.
        Image = 3, "image";
        /// Video.
        Video = 4, "video";
        /// Document.
        Document = 5, "document";
        /// Sticker.
        Sticker = 6, "sticker";
        /// Location.
        Location = 7, "location";
        /// Contact cards.
        Contacts = 8, "contacts";
        /// Template message (outbound).
        Template = 9, "template";
        /// Interactive message with buttons or a list (outbound).
        Interactive = 10, "interactive";
        /// A type that we don't know; kept, never an error.
        Unsupported = 11, "unsupported";
    }
}

names! {
    /// Who wrote an outbound message.
    Author {
        /// A person.
        Agent = 0, "agent";
        /// A bot.
        Bot = 1, "bot";
        /// A campaign.
        Campaign = 2, "campaign";
        /// The business's own system (order updates and the like).
        App = 3, "app";
        /// An automatic acknowledgement; never counts as a reply.
        Auto = 4, "auto";
    }
}

names! {
    /// WhatsApp's category of an outbound message.
    MessageCategory {
        /// Marketing.
        Marketing = 0, "marketing";
        /// Utility.
        Utility = 1, "utility";
        /// Authentication.
        Authentication = 2, "authentication";
        /// Service (free-form inside the 24-hour window).
        Service = 3, "service";
    }
}

names! {
    /// Delivery state of an outbound message. Sent < delivered < read < played; failed is final.
    MessageStatus {
        /// Accepted by WhatsApp.
        Sent = 0, "sent";
        /// On the recipient's device.
        Delivered = 1, "delivered";
        /// Opened.
        Read = 2, "read";
        /// Voice message played.
        Played = 3, "played";
        /// Not delivered.
        Failed = 4, "failed";
    }
}

names! {
    /// What a contact did other than write.
    InteractionKind {
        /// Pressed a button.
        Button = 0, "button";
        /// Chose from a list.
        List = 1, "list";
        /// Completed a flow.
        Flow = 2, "flow";
        /// Added a reaction.
        ReactionAdd = 3, "reaction_add";
        /// Took a reaction back.
        ReactionRemove = 4, "reaction_remove";
        /// Followed a tracked link.
        LinkClick = 5, "link_click";
        /// Sent a cart.
        Order = 6, "order";
        /// Asked about a product of the catalogue.
        ProductEnquiry = 7, "product_enquiry";
    }
}

names! {
    /// How a contact was acquired.
    AcquisitionSource {
        /// Paid ad.
        Ad = 0, "ad";
        /// Post.
        Post = 1, "post";
        /// Wrote on their own.
        Organic = 2, "organic";
        /// QR code or short link.
        Qr = 3, "qr";
        /// Came with an import.
        Import = 4, "import";
    }
}

names! {
    /// A change of consent to marketing, or a sign of it.
    ConsentKind {
        /// Opted in.
        OptIn = 0, "opt_in";
        /// Opted out (`stop`, or error 131050).
        OptOut = 1, "opt_out";
        /// Resumed marketing messages.
        Resume = 2, "resume";
        /// Signed up for marketing messages.
        Signup = 3, "signup";
        /// Probably blocked the business.
        BlockSuspected = 4, "block_suspected";
        /// Objected to direct marketing and to profiling for it (GDPR Art. 21).
        Objected = 5, "objected";
    }
}

names! {
    /// A step of a support conversation.
    ConversationStep {
        /// Opened.
        Opened = 0, "opened";
        /// Assigned to an agent.
        Assigned = 1, "assigned";
        /// Resolved.
        Resolved = 2, "resolved";
        /// Opened again.
        Reopened = 3, "reopened";
        /// Put off.
        Snoozed = 4, "snoozed";
    }
}

names! {
    /// State of a payment.
    PurchaseStatus {
        /// Paid.
        Paid = 0, "paid";
        /// Refunded.
        Refunded = 1, "refunded";
        /// Cancelled.
        Cancelled = 2, "cancelled";
        /// Failed.
        Failed = 3, "failed";
    }
}

names! {
    /// What a quality rating is about.
    QualitySubject {
        /// A message template.
        Template = 0, "template";
        /// A phone number of the business.
        Phone = 1, "phone";
    }
}

names! {
    /// WhatsApp's quality rating.
    QualityRating {
        /// High.
        Green = 0, "green";
        /// Medium.
        Yellow = 1, "yellow";
        /// Low.
        Red = 2, "red";
        /// Not rated.
        Unknown = 3, "unknown";
    }
}

/// A step in the life of a lead, from the CRM.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LeadStep {
    /// The lead was created.
    Created,
    /// The lead answered with interest.
    Engaged,
    /// The lead was qualified.
    Qualified,
    /// A proposal or negotiation is under way.
    Proposal,
    /// Won, with the value of the deal where it is known.
    Won(Option<Money>),
    /// Lost.
    Lost,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum EventKind {
    /// The contact wrote.
    MessageInbound {
        /// The message.
        message_id: MessageId,
        /// Format.
        kind: MessageKind,
        /// Characters (Unicode scalar values) of text or caption.
        chars: u32,
        /// Whether the text has a question mark (U+003F, U+FF1F, U+061F or U+037E).
        has_question: bool,
        /// The message it answers.
        reply_to: Option<MessageId>,
        /// Whether it was forwarded.
        forwarded: bool,
    },
    /// The business wrote.
    MessageOutbound {
        /// The message.
        message_id: MessageId,
        /// Format.
        kind: MessageKind,
        /// Who wrote it.
        author: Author,
        /// Category, where known.
        category: Option<MessageCategory>,
        /// Template, if it was one.
        template: Option<TemplateId>,
        /// Language of the text.
        language: Option<LanguageTag>,
        /// Characters of text.
        chars: u32,
        /// Whether it carries a picture, video, audio or document.
        has_media: bool,
        /// Whether it offers buttons.
        has_buttons: bool,
        /// Probability with which the sending policy chose this hour, where it was logged.
        propensity: Option<Q15>,
    },
    /// WhatsApp told us about an outbound message.
    MessageStatus {
        /// The outbound message.
        message_id: MessageId,
        /// New state.
        status: MessageStatus,
        /// Error code of a failure.
        error_code: Option<u32>,
        /// Category by which it was priced.
        category: Option<MessageCategory>,
    },
    /// The contact did something other than write.
    Interaction {
        /// The message that carried it (a button press is a message of its own).
        message_id: MessageId,
        /// What they did.
        kind: InteractionKind,
        /// The message they acted upon.
        reply_to: Option<MessageId>,
    },
    /// How the contact came to us.
    Acquisition {
        /// By what way.
        source: AcquisitionSource,
        /// Whether a click-to-WhatsApp id proves an ad click.
        ad_click: bool,
    },
    /// A change of consent.
    Consent(ConsentKind),
    /// A step of a support conversation (`Event::conversation_id` says which).
    Conversation(ConversationStep),
    /// Another id of the same person.
    Alias {
        /// The other id.
        other: ContactId,
    },
    /// A satisfaction rating.
    Csat {
        /// 1 to 5.
        rating: u8,
    },
    /// Numbers that a model derived from an inbound message. The first of a message wins.
    Enrichment {
        /// The message.
        message_id: MessageId,
        /// Probabilities of positive, neutral, negative.
        sentiment: [Q15; 3],
        /// Probabilities of joy, sadness, anger, fear, surprise, disgust, neutral; absent when the
        /// model has no emotions.
        emotions: Option<[Q15; 7]>,
        /// Language of the message.
        language: Option<LanguageTag>,
        /// Version of the model.
        model_version: u32,
    },
    /// A step in the life of a lead.
    Lead(LeadStep),
    /// A purchase, or a change of one.
    Purchase {
        /// Amount.
        amount: Money,
        /// State.
        status: PurchaseStatus,
    },
    /// A quality rating of the business's own template or number.
    Quality {
        /// What was rated.
        subject: QualitySubject,
        /// The rating.
        rating: QualityRating,
    },
}

impl EventKind {
    /// Whether the event counts as inbound: a message, or a button, list, flow, reaction, order or
    /// product enquiry (each is a message of the contact; a link click or a reaction taken back is
    /// not).
    #[must_use]
    pub fn is_inbound(&self) -> bool {
        match self {
            Self::MessageInbound { .. } => true,
            Self::Interaction { kind, .. } => {
                !matches!(kind, InteractionKind::LinkClick | InteractionKind::ReactionRemove)
            }
            _ => false,
        }
    }

    /// The name of the type in JSON.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::MessageInbound { .. } => "message.inbound",
            Self::MessageOutbound { .. } => "message.outbound",
            Self::MessageStatus { .. } => "message.status",
            Self::Interaction { .. } => "interaction",
            Self::Acquisition { .. } => "acquisition",
            Self::Consent(_) => "consent",
            Self::Conversation(_) => "conversation",
            Self::Alias { .. } => "alias",
            Self::Csat { .. } => "csat",
            Self::Enrichment { .. } => "enrichment",
            Self::Lead(_) => "lead",
            Self::Purchase { .. } => "purchase",
            Self::Quality { .. } => "quality",
        }
    }
}
