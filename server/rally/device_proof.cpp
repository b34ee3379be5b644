#include "server/rally/device_proof.hpp"

#include <fmt/format.h>

namespace keyaki::server::rally {

namespace {

std::string lines_of(std::span<const geo::Fix> fixes) {
    std::string lines;
    for (const geo::Fix &fix : fixes) {
        const std::string accuracy = fix.accuracy_m ? fmt::format("{:.2f}", *fix.accuracy_m) : std::string();
        lines += fmt::format("{:.7f},{:.7f},{},{}\n", fix.position.lon_deg, fix.position.lat_deg, accuracy, fix.taken_at_ms);
    }
    return lines;
}

} // namespace

std::string offline_message(std::string_view ticket, std::string_view spot, std::span<const geo::Fix> fixes) {
    return fmt::format("keyaki-offline/1\n{}\n{}\n", ticket, spot) + lines_of(fixes);
}

std::string online_message(const OnlineClaim &claim, std::span<const geo::Fix> fixes) {
    return fmt::format("keyaki-online/1\n{}\n{}\n{}\n{}\n", claim.rally, claim.member, claim.spot, claim.counter) + lines_of(fixes);
}

} // namespace keyaki::server::rally
