#include "server/delivery/envelope.hpp"

#include "server/time.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace keyaki::server::delivery {

std::string envelope(const data::NumberedEvent &event, std::string_view source) {
    const data::OutboxEvent &told = event.event;
    nlohmann::ordered_json json{{"specversion", "1.0"},
                                {"id", told.id},
                                {"source", source.empty() ? "/" : source},
                                {"type", told.type},
                                {"subject", told.subject},
                                {"time", format_rfc3339(told.time_us)},
                                {"sequence", fmt::format("{:020}", event.sequence)},
                                {"datacontenttype", "application/json"}};
    json["data"] = nlohmann::ordered_json::parse(told.data_json);
    return json.dump();
}

} // namespace keyaki::server::delivery
