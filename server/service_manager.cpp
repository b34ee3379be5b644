#include "server/service_manager.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace keyaki::server {

void notify_service_manager(std::string_view state) {
    const char *variable = std::getenv("NOTIFY_SOCKET");
    const std::string_view path = variable == nullptr ? std::string_view() : std::string_view(variable);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty()) {
        return;
    }
    if (path.size() >= sizeof address.sun_path) {
        spdlog::warn("NOTIFY_SOCKET names a path of {} bytes, expected less than {}", path.size(), sizeof address.sun_path);
        return;
    }
    std::copy(path.begin(), path.end(), address.sun_path);
    if (path.front() == '@') {
        address.sun_path[0] = '\0'; // a name in Linux's own space, without a file
    }
    const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    const bool is_sent = socket >= 0 && ::sendto(socket, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr *>(&address),
                                                 size) == static_cast<ssize_t>(state.size());
    if (!is_sent) {
        spdlog::warn("systemd cannot be told {}: {}", state, std::strerror(errno));
    }
    if (socket >= 0) {
        ::close(socket);
    }
}

} // namespace keyaki::server
