#include "server/flows/check_in.hpp"

#include "data/sha256.hpp"
#include "server/identifiers.hpp"
#include "server/json_reader.hpp"
#include "server/limits.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>

namespace keyaki::server {

namespace {

/// Metres: what no phone reports. Approximate-location permission shows as some kilometres.
constexpr double max_accuracy_m = 10'000'000;

std::string pseudonym(ObjectReader &reader, std::string_view name, bool is_required) {
    std::string text = is_required ? reader.text(name, 64) : reader.optional_text(name, 64).value_or("");
    if (!text.empty() && !is_pseudonym(text)) {
        reader.refuse(name, "expected 1 to 64 of A-Z a-z 0-9 . _ : -");
    }
    return text;
}

geo::Fix read_fix(const nlohmann::json &value, const std::string &pointer, std::vector<FieldError> &errors) {
    ObjectReader reader(value, pointer, errors);
    geo::Fix fix;
    fix.position.lon_deg = reader.number("lon", -180, 180);
    fix.position.lat_deg = reader.number("lat", -90, 90);
    if (const nlohmann::json *accuracy = reader.optional("accuracy_m"); accuracy != nullptr) {
        // Zero and less are what some phones send when they do not know: no evidence, but not a wrong request (checkin.md, section 2, step 1).
        if (!accuracy->is_number() || !(std::abs(accuracy->get<double>()) <= max_accuracy_m)) {
            reader.refuse("accuracy_m", "expected metres as a number");
        } else {
            fix.accuracy_m = accuracy->get<double>();
        }
    }
    fix.taken_at_ms = reader.timestamp_us("taken_at") / 1000;
    fix.mocked = reader.optional_boolean("mocked").value_or(false);
    reader.finish();
    return fix;
}

std::vector<geo::Fix> read_fixes(ObjectReader &reader, std::vector<FieldError> &errors) {
    std::vector<geo::Fix> fixes;
    const nlohmann::json *list = reader.required("fixes");
    if (list == nullptr) {
        return fixes;
    }
    if (!list->is_array() || list->empty() || list->size() > max_fixes) {
        reader.refuse("fixes", fmt::format("expected a list of 1 to {} fixes, found {}", max_fixes,
                                           list->is_array() ? fmt::format("{}", list->size()) : std::string("no list")));
        return fixes;
    }
    for (std::size_t i = 0; i < list->size(); ++i) {
        fixes.push_back(read_fix((*list)[i], fmt::format("/fixes/{}", i), errors));
    }
    return fixes;
}

} // namespace

CheckInRequest parse_check_in(std::string_view body) {
    const nlohmann::json document = parse_json(body, "the check-in");
    std::vector<FieldError> errors;
    ObjectReader reader(document, "", errors);
    CheckInRequest request;
    request.member = pseudonym(reader, "member", true);
    request.rally = reader.text("rally", 64);
    request.spot = reader.text("spot", 600);
    request.attempt.platform = geo::platform_of(reader.optional_one_of("platform", {"android", "ios", "web", "unknown"}).value_or("unknown"));
    request.device = pseudonym(reader, "device", false);
    request.attempt.fixes = read_fixes(reader, errors);
    if (const nlohmann::json *evidence = reader.optional("evidence"); evidence != nullptr && (!evidence->is_object() || !evidence->empty())) {
        reader.refuse("evidence", "this version of keyaki decides by position only; expected an empty object or none");
    }
    reader.finish();
    if (!errors.empty()) {
        throw FieldErrors("the check-in", std::move(errors));
    }
    // error_handler_t::replace: a lone surrogate cannot be dumped as UTF-8, and the hash only has to be the same for the same document.
    request.body_hash = data::to_hex(data::sha256(document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)));
    return request;
}

} // namespace keyaki::server
