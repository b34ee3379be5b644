#pragma once

#include <string_view>

namespace keyaki::server {

/// Tells systemd about this service: "READY=1", "STOPPING=1" (sd_notify(3): one datagram to the socket that NOTIFY_SOCKET names). Without that
/// variable nobody asked, and nothing is done; a manager that cannot be reached is logged.
void notify_service_manager(std::string_view state);

} // namespace keyaki::server
