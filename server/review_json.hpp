#pragma once

#include "data/books.hpp"
#include "server/flows/reviews.hpp"

#include <nlohmann/json_fwd.hpp>

#include <optional>

/// Reviews as HTTP and the command line show them.
namespace keyaki::server {

[[nodiscard]] nlohmann::ordered_json review_json(const data::Review &review, const std::optional<data::KeptCheckIn> &check_in);
[[nodiscard]] nlohmann::ordered_json outcome_json(const ReviewOutcome &outcome);

} // namespace keyaki::server
