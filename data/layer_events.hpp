#pragma once

#include "data/database.hpp"
#include "data/feature_edit.hpp"
#include "data/layer.hpp"

#include <cstdint>
#include <string_view>

/// What layers tell the audit log and the outbox (the ledger's half is ledger_events.hpp). Inside the caller's transaction; the caller's connection
/// decides the thread.
namespace keyaki::data {

/// Writes into the audit log how a layer is described from now on. `action` is "layer.create" or "layer.update".
void note_layer(Connection &connection, std::string_view action, const LayerSpec &spec, std::string_view author, std::int64_t now_us);

/// Writes a published revision into the audit log and the outbox. It is an event for the outside; its id names the revision, so that it is told once
/// however often it is sent.
void announce_revision(Connection &connection, std::string_view action, std::string_view layer, std::string_view author, const Revision &revision);

/// Writes into the audit log what a draft held that was thrown away.
void note_discard(Connection &connection, std::string_view layer, std::string_view author, const DraftChanges &changes, std::int64_t now_us);

/// Writes into the audit log who changed which feature, and whether he said what he had seen of it before; and announces the revision where one came
/// of it.
void note_edits(Connection &connection, const LayerEdit &edit, const EditOutcome &outcome);

} // namespace keyaki::data
