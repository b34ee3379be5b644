#pragma once

#include "data/layer.hpp"

#include <nlohmann/json_fwd.hpp>

namespace keyaki::server {

/// A revision as the history shows it: number, when (Japan Standard Time), who, why, and its counts; `changed` counts moved features too,
/// and `without_if_match`, where it is there, those that somebody replaced or removed without saying which version he had seen.
[[nodiscard]] nlohmann::ordered_json revision_json(const data::Revision &revision);
[[nodiscard]] nlohmann::ordered_json changes_json(const data::DraftChanges &changes);
/// With `moved`, which `changed` then does not count.
[[nodiscard]] nlohmann::ordered_json changes_json(const data::DraftSummary &summary);

} // namespace keyaki::server
