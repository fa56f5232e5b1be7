// A windowless OpenGL context: EGL first (GPU or llvmpipe), OSMesa where there is no EGL.
#pragma once

#include <memory>
#include <string>

namespace foresight {

/// Current on one thread at a time. Libraries are opened at run time, so that a machine without
/// OpenGL still runs everything else.
class GlContext {
 public:
  virtual ~GlContext() = default;
  /// Binds the context to the calling thread.
  virtual void make_current() = 0;
  /// Unbinds it, so that another thread may bind it.
  virtual void release() = 0;
  /// "EGL" or "OSMesa".
  virtual std::string kind() const = 0;
};

/// Throws InputError that names both failures and the packages to install. FORESIGHT_GL=egl or
/// =osmesa tries only that one.
std::unique_ptr<GlContext> make_gl_context();

}  // namespace foresight
