#include "server/rally/offline_proof.hpp"

#include <fmt/format.h>

namespace keyaki::server::rally {

std::string offline_message(std::string_view ticket, std::string_view spot, std::span<const geo::Fix> fixes) {
    std::string message = fmt::format("keyaki-offline/1\n{}\n{}\n", ticket, spot);
    for (const geo::Fix &fix : fixes) {
        const std::string accuracy = fix.accuracy_m ? fmt::format("{:.2f}", *fix.accuracy_m) : std::string();
        message += fmt::format("{:.7f},{:.7f},{},{}\n", fix.position.lon_deg, fix.position.lat_deg, accuracy, fix.taken_at_ms);
    }
    return message;
}

} // namespace keyaki::server::rally
