#include "ui/offscreen/gl_context.h"

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GL/osmesa.h>
#include <dlfcn.h>

#include <array>
#include <cstdlib>
#include <map>
#include <mutex>
#include <vector>

#include "sim/base/error.h"

namespace foresight {
namespace {

// A shared library opened at run time; stays open for the process, as drivers do not unload well.
class Library {
 public:
  explicit Library(const char* name) : name_(name), handle_(dlopen(name, RTLD_NOW | RTLD_GLOBAL)) {
    if (handle_ == nullptr) throw InputError(std::string(name) + " cannot be opened");
  }

  template <typename Function>
  Function* get(const char* symbol) const {
    void* found = dlsym(handle_, symbol);
    if (found == nullptr) throw InputError(name_ + " has no " + symbol);
    return reinterpret_cast<Function*>(found);
  }

 private:
  std::string name_;
  void* handle_;
};

struct EglApi {
  Library library{"libEGL.so.1"};
  decltype(eglGetProcAddress)* get_proc =
      library.get<decltype(eglGetProcAddress)>("eglGetProcAddress");
  decltype(eglInitialize)* initialize = library.get<decltype(eglInitialize)>("eglInitialize");
  decltype(eglTerminate)* terminate = library.get<decltype(eglTerminate)>("eglTerminate");
  decltype(eglBindAPI)* bind_api = library.get<decltype(eglBindAPI)>("eglBindAPI");
  decltype(eglChooseConfig)* choose = library.get<decltype(eglChooseConfig)>("eglChooseConfig");
  decltype(eglCreateContext)* create = library.get<decltype(eglCreateContext)>("eglCreateContext");
  decltype(eglDestroyContext)* destroy =
      library.get<decltype(eglDestroyContext)>("eglDestroyContext");
  decltype(eglMakeCurrent)* make_current = library.get<decltype(eglMakeCurrent)>("eglMakeCurrent");
  decltype(eglGetDisplay)* get_display = library.get<decltype(eglGetDisplay)>("eglGetDisplay");
};

// Displays that need no window system: GPUs and software devices first, then Mesa's surfaceless
// platform, then whatever the default is.
std::vector<EGLDisplay> candidate_displays(const EglApi& egl) {
  std::vector<EGLDisplay> displays;
  const auto query =
      reinterpret_cast<PFNEGLQUERYDEVICESEXTPROC>(egl.get_proc("eglQueryDevicesEXT"));
  const auto platform =
      reinterpret_cast<PFNEGLGETPLATFORMDISPLAYEXTPROC>(egl.get_proc("eglGetPlatformDisplayEXT"));
  if (platform != nullptr) {
    std::array<EGLDeviceEXT, 16> devices{};
    EGLint count = 0;
    if (query != nullptr && !query(devices.size(), devices.data(), &count)) count = 0;
    for (int i = 0; i < count; ++i) {
      displays.push_back(platform(EGL_PLATFORM_DEVICE_EXT, devices[i], nullptr));
    }
    displays.push_back(platform(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, nullptr));
  }
  displays.push_back(egl.get_display(EGL_DEFAULT_DISPLAY));
  return displays;
}

// Contexts on the same display share it: only the last one may terminate it.
class DisplayUsers {
 public:
  void add(EGLDisplay display) {
    const std::lock_guard lock(mutex_);
    ++users_[display];
  }
  // True when it was the last one.
  bool remove(EGLDisplay display) {
    const std::lock_guard lock(mutex_);
    return --users_[display] == 0;
  }

 private:
  std::mutex mutex_;
  std::map<EGLDisplay, int> users_;
};

DisplayUsers& display_users() {
  static DisplayUsers users;
  return users;
}

class EglContext : public GlContext {
 public:
  EglContext() {
    for (const EGLDisplay display : candidate_displays(egl_)) {
      if (display != EGL_NO_DISPLAY && open(display)) return;
    }
    throw InputError("no EGL display gives an OpenGL context");
  }
  ~EglContext() override {
    release();
    egl_.destroy(display_, context_);
    leave();
  }

  void make_current() override {
    if (!bind()) throw InputError("EGL: the context cannot be bound to this thread");
  }
  void release() override {
    egl_.make_current(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
  }
  std::string kind() const override { return "EGL"; }

 private:
  bool open(EGLDisplay display) {
    if (!egl_.initialize(display, nullptr, nullptr)) return false;
    display_ = display;
    display_users().add(display);
    constexpr std::array<EGLint, 5> kWanted{EGL_RENDERABLE_TYPE, EGL_OPENGL_BIT, EGL_SURFACE_TYPE,
                                            EGL_PBUFFER_BIT, EGL_NONE};
    EGLConfig config = nullptr;
    EGLint count = 0;
    if (egl_.bind_api(EGL_OPENGL_API) && egl_.choose(display, kWanted.data(), &config, 1, &count) &&
        count > 0) {
      context_ = egl_.create(display, config, EGL_NO_CONTEXT, nullptr);
      if (context_ != EGL_NO_CONTEXT && bind()) return true;
      if (context_ != EGL_NO_CONTEXT) egl_.destroy(display, context_);
    }
    leave();
    return false;
  }

  void leave() {
    if (display_users().remove(display_)) egl_.terminate(display_);
  }

  bool bind() {
    return egl_.bind_api(EGL_OPENGL_API) &&
           egl_.make_current(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, context_);
  }

  EglApi egl_;
  EGLDisplay display_ = EGL_NO_DISPLAY;
  EGLContext context_ = EGL_NO_CONTEXT;
};

class OsMesaContext : public GlContext {
 public:
  OsMesaContext() {
    // MuJoCo asks the platform library of this name for its OpenGL functions.
    setenv("MUJOCO_GL", "osmesa", 1);
    context_ = library_.get<decltype(OSMesaCreateContextExt)>("OSMesaCreateContextExt")(
        OSMESA_RGBA, 24, 8, 0, nullptr);
    if (context_ == nullptr) throw InputError("OSMesa gives no context");
    make_current();
  }
  ~OsMesaContext() override {
    library_.get<decltype(OSMesaDestroyContext)>("OSMesaDestroyContext")(context_);
  }

  void make_current() override {
    const auto bind = library_.get<decltype(OSMesaMakeCurrent)>("OSMesaMakeCurrent");
    if (!bind(context_, buffer_.data(), GL_UNSIGNED_BYTE, kSide, kSide)) {
      throw InputError("OSMesa: the context cannot be bound to this thread");
    }
  }
  void release() override {
    library_.get<decltype(OSMesaMakeCurrent)>("OSMesaMakeCurrent")(nullptr, nullptr,
                                                                   GL_UNSIGNED_BYTE, 0, 0);
  }
  std::string kind() const override { return "OSMesa"; }

 private:
  static constexpr int kSide = 16;  // the default framebuffer is never drawn to
  Library library_{"libOSMesa.so.8"};
  OSMesaContext context_ = nullptr;
  std::vector<unsigned char> buffer_ = std::vector<unsigned char>(4 * kSide * kSide);
};

template <typename Context>
std::unique_ptr<GlContext> try_context(std::string& failures) {
  try {
    return std::make_unique<Context>();
  } catch (const InputError& error) {
    failures += (failures.empty() ? "" : "; ") + std::string(error.what());
    return nullptr;
  }
}

}  // namespace

std::unique_ptr<GlContext> make_gl_context() {
  const char* wanted = std::getenv("FORESIGHT_GL");
  const std::string only = wanted == nullptr ? "" : wanted;
  std::string failures;
  std::unique_ptr<GlContext> context;
  if (only != "osmesa") context = try_context<EglContext>(failures);
  if (!context && only != "egl") context = try_context<OsMesaContext>(failures);
  if (!context) {
    throw InputError("no OpenGL without a window (" + failures +
                     "): install libegl1 and libgl1-mesa-dri, or libosmesa6");
  }
  return context;
}

}  // namespace foresight
