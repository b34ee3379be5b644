#include "server/flows/fence_question.hpp"

#include "geo/fence_index.hpp"
#include "server/json_reader.hpp"
#include "server/limits.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace keyaki::server {

namespace {

/// Metres; what no receiver reaches, and above nothing, which would be no evidence.
constexpr double min_accuracy_m = 0.001;

FenceQuestion::Asked read_position(const nlohmann::json &value, geo::Platform platform, std::size_t number, std::vector<FieldError> &errors) {
    ObjectReader reader(value, fmt::format("/positions/{}", number), errors);
    FenceQuestion::Asked asked;
    asked.position.lon_deg = reader.number("lon", -180, 180);
    asked.position.lat_deg = reader.number("lat", -90, 90);
    const double accuracy_m = reader.number("accuracy_m", min_accuracy_m, max_asked_accuracy_m);
    const geo::PresenceRules rules;
    asked.sigma_m = std::max(rules.smallest_sigma_m, geo::sigma_m(platform, accuracy_m, rules).value_or(0));
    reader.finish();
    return asked;
}

void read_positions(ObjectReader &reader, geo::Platform platform, FenceQuestion &question, std::vector<FieldError> &errors) {
    const nlohmann::json *list = reader.required("positions");
    if (list == nullptr) {
        return;
    }
    if (!list->is_array() || list->empty() || list->size() > max_asked_positions) {
        reader.refuse("positions", fmt::format("expected a list of 1 to {} positions, found {}", max_asked_positions,
                                               list->is_array() ? fmt::format("{}", list->size()) : std::string("no list")));
        return;
    }
    question.positions.reserve(list->size());
    for (std::size_t number = 0; number < list->size(); ++number) {
        question.positions.push_back(read_position((*list)[number], platform, number, errors));
    }
}

} // namespace

FenceQuestion parse_fence_question(std::string_view body) {
    const nlohmann::json document = parse_json(body, "the question");
    std::vector<FieldError> errors;
    ObjectReader reader(document, "", errors);
    FenceQuestion question;
    const geo::Platform platform = geo::platform_of(reader.optional_one_of("platform", {"android", "ios", "web", "unknown"}).value_or("unknown"));
    question.at_least = reader.optional_number("at_least", geo::FenceIndex::min_floor, 1).value_or(geo::PresenceRules{}.ask_token_probability);
    read_positions(reader, platform, question, errors);
    reader.finish();
    if (!errors.empty()) {
        throw FieldErrors("the question", std::move(errors));
    }
    return question;
}

} // namespace keyaki::server
